-- t7.lua: torch.save and torch.load in Torch7's own binary format, the part of it that a network needs.
--
-- A file is one object. An object begins with its kind, a 32-bit number:
--    0 nil   1 number (a double)   2 string (length, bytes)   3 table   4 object of a torch class   5 boolean
-- A table or torch object has a running number next. The second time it occurs, the number alone is written: that is how
-- tensors that share a storage still share it after loading. Kinds 6 to 8 are functions, as Lua bytecode. Loading those
-- would run a stranger's code, so this reader refuses them; Torch7 did not.

require 'torch'
local ffi = require 'ffi'

local NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = 0, 1, 2, 3, 4, 5
local STORAGES = {['torch.FloatTensor'] = 'torch.FloatStorage', ['torch.DoubleTensor'] = 'torch.DoubleStorage',
                  ['torch.LongTensor'] = 'torch.LongStorage'}
local TENSORS = {['torch.FloatStorage'] = torch.FloatTensor, ['torch.DoubleStorage'] = torch.DoubleTensor,
                 ['torch.LongStorage'] = torch.LongTensor}
local BYTES = {['torch.FloatStorage'] = 4, ['torch.DoubleStorage'] = 8, ['torch.LongStorage'] = 8}

-- At the end of a file `read` gives the bytes that are left, without an error: they must be counted.
local function readBytes(file, size)
   local bytes = size > 0 and file:read(size) or ''
   if #bytes ~= size then error('the file ends too early', 0) end
   return bytes
end

local function scalar(ctype)
   local box = ffi.new(ctype .. '[1]')
   local size = ffi.sizeof(box)
   return function(file, value) box[0] = value file:write(ffi.string(box, size)) end,
          function(file) ffi.copy(box, readBytes(file, size), size) return tonumber(box[0]) end
end
local writeInt, readInt = scalar('int32_t')
local writeLong, readLong = scalar('int64_t')
local writeDouble, readDouble = scalar('double')

local function writeString(file, text) writeInt(file, #text) file:write(text) end
local function readString(file) return readBytes(file, readInt(file)) end

local writeObject
-- True if this object has to be written out, false if its number says it all.
local function begin(file, seen, kind, key)
   local known = seen[key]
   if not known then seen.count = seen.count + 1 seen[key] = seen.count end
   writeInt(file, kind)
   writeInt(file, seen[key])
   return not known
end

local function writeTable(file, seen, object)
   local size = 0
   for _ in pairs(object) do size = size + 1 end
   writeInt(file, size)
   for key, value in pairs(object) do
      writeObject(file, seen, key)
      writeObject(file, seen, value)
   end
end

local function writeStorage(file, seen, tensor)  -- the block of memory that a tensor looks at
   local storage, class = tensor:storage(), STORAGES[tensor:type()]
   if begin(file, seen, TORCH, storage.address) then
      writeString(file, 'V 1')
      writeString(file, class)
      writeLong(file, storage.size)
      file:write(ffi.string(tensor:data() - (tensor:storageOffset() - 1), storage.size * BYTES[class]))
   end
end

local function writeTensor(file, seen, tensor)  -- how it looks at it: sizes, strides, offset
   local dimensions = tensor:nElement() > 0 and tensor:dim() or 0
   writeInt(file, dimensions)
   for i = 1, dimensions do writeLong(file, tensor:size(i)) end
   for i = 1, dimensions do writeLong(file, tensor:stride(i)) end
   writeLong(file, tensor:storageOffset())
   if dimensions == 0 then writeInt(file, NIL) else writeStorage(file, seen, tensor) end
end

function writeObject(file, seen, object)
   local kind, class = type(object), torch.typename(object)
   if kind == 'nil' then writeInt(file, NIL)
   elseif kind == 'number' then writeInt(file, NUMBER) writeDouble(file, object)
   elseif kind == 'boolean' then writeInt(file, BOOLEAN) writeInt(file, object and 1 or 0)
   elseif kind == 'string' then writeInt(file, STRING) writeString(file, object)
   elseif class and object.isStorage then writeStorage(file, seen, object)
   elseif class then
      if begin(file, seen, TORCH, object) then
         local isTensor = class == 'torch.FloatTensor'
         writeString(file, 'V 1')
         writeString(file, isTensor and object:type() or class)
         if isTensor then writeTensor(file, seen, object)
         else
            begin(file, seen, TABLE, {})  -- a module is its table of fields
            writeTable(file, seen, object)
         end
      end
   elseif kind == 'table' then if begin(file, seen, TABLE, object) then writeTable(file, seen, object) end
   else error(('a %s cannot be written'):format(kind)) end
end

function torch.save(filename, object)
   local file = assert(io.open(filename, 'wb'))
   writeObject(file, {count = 0}, object)
   file:close()
end

local readObject

local function readTensor(file, seen, class)
   local size, stride = {}, {}
   local dimensions = readInt(file)
   for i = 1, dimensions do size[i] = readLong(file) end
   for i = 1, dimensions do stride[i] = readLong(file) end
   local offset, storage = readLong(file), readObject(file, seen)
   if not storage then return TENSORS[STORAGES[class]]() end
   return storage:asStrided(size, stride, offset)
end

local function readTorch(file, seen, index)
   readString(file)  -- the version
   local class = readString(file)
   if BYTES[class] then  -- a storage is kept as a flat tensor
      local count = readLong(file)
      local flat = TENSORS[class](count)
      ffi.copy(flat:data(), readBytes(file, count * BYTES[class]), count * BYTES[class])
      flat.isStorage, seen[index] = true, flat
   elseif STORAGES[class] then seen[index] = readTensor(file, seen, class)
   else
      local known = assert(torch.classes[class], 'unknown class ' .. class)
      seen[index] = setmetatable({}, known)
      for key, value in pairs(readObject(file, seen)) do seen[index][key] = value end
   end
   return seen[index]
end

function readObject(file, seen)
   local kind = readInt(file)
   if kind == NIL then return nil
   elseif kind == NUMBER then return readDouble(file)
   elseif kind == BOOLEAN then return readInt(file) == 1
   elseif kind == STRING then return readString(file) end
   if kind > BOOLEAN then error(('refused: an object of kind %d, which is code'):format(kind), 0) end
   local index = readInt(file)
   if seen[index] then return seen[index] end
   if kind == TORCH then return readTorch(file, seen, index) end
   seen[index] = {}
   for _ = 1, readInt(file) do
      local key = readObject(file, seen)
      seen[index][key] = readObject(file, seen)
   end
   return seen[index]
end

function torch.load(filename)
   local file = assert(io.open(filename, 'rb'))
   local ok, object = pcall(readObject, file, {})
   file:close()
   if not ok then error(object, 0) end
   return object
end
