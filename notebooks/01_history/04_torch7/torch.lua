-- torch.lua: what `require 'torch'` gave. Classes, and tensors whose arithmetic is done in C.
--
-- Torch7 called its C library TH. The same C code, rewritten as ATen, is inside PyTorch; so here PyTorch plays TH.
-- No tensor below ever asks PyTorch for a gradient.

local ffi = require 'ffi'
torch = {}

-- Lua's garbage collector runs only when it is called. If it runs by itself, lupa 2.8 can hand a wrong Python object to
-- Lua (scoder/lupa, issues 293 and 294; seen here with LuaJIT too). Torch7's scripts were full of the same call, for
-- another reason: to the collector a tensor was a few bytes, whatever its memory. See M.step in one_cnn.lua.
collectgarbage('setpause', 1000000)
collectgarbage('stop')

-- TH's functions. PyTorch's tensors are Python objects: Lua can hold them and pass them on, but it cannot write
-- `a + b` with them. `keyword{x, alpha = 2}` calls a Python function with named arguments.
local pytorch = python.builtins.__import__('torch')
local TH, Storage = python.as_attrgetter(pytorch.Tensor), python.as_attrgetter(pytorch.UntypedStorage)
local keyword = python.builtins.__import__('lupa.luajit21').luajit21.unpacks_lua_table
local add, addmm = keyword(TH.add_), keyword(TH.addmm_)

-- Classes ------------------------------------------------------------------------------------------------------------

torch.classes = {}

-- local Linear, parent = torch.class('nn.Linear', 'nn.Module')  -- afterwards nn.Linear(800, 64) makes one
function torch.class(name, parentName)
   local parent = parentName and torch.classes[parentName]
   local class = setmetatable({__typename = name}, {__index = parent})
   class.__index = class
   class.__tostring = function(self) return self:__tostring__() end
   torch.classes[name] = class
   local package, short = name:match('^(%w+)%.(%w+)$')
   _G[package][short] = setmetatable({}, {__index = class, __newindex = class, __call = function(_, ...)
      local object = setmetatable({}, class)
      object:__init(...)
      return object
   end})
   return class, parent
end

function torch.manualSeed(seed) pytorch.manual_seed(seed) end

function torch.typename(object) return type(object) == 'table' and object.__typename or nil end

-- Tensors ------------------------------------------------------------------------------------------------------------

-- A tensor is a Lua table around one PyTorch tensor; its metatable holds the operators. Torch7 had a class for each kind of
-- number. Here one class serves for all, and `type` asks the PyTorch tensor.
local Tensor = torch.class('torch.FloatTensor')

function torch.wrap(th) return setmetatable({th = th}, Tensor) end

-- As in Torch7, the numbers of a new tensor are whatever the memory held before.
function Tensor:__init(first, ...) self.th = pytorch.empty(first or 0, ...) end
function torch.DoubleTensor(...) return torch.FloatTensor(...):double() end
function torch.LongTensor(...) return torch.FloatTensor(...):long() end  -- places in a pooling window, and classes

-- torch.Tensor makes tensors of the default type. In Torch7 that was double until a script chose float, as this one does.
function torch.setdefaulttensortype(name) torch.Tensor = torch[name:match('^torch%.(%w+)$')] end
torch.setdefaulttensortype('torch.FloatTensor')

function torch.LongStorage(size)
   local storage = torch.LongTensor(size)
   storage.isStorage = true
   return storage
end

-- Methods that change the tensor itself, and return it, so that calls can be chained.
local function inPlace(name)
   local method = TH[name .. '_']
   Tensor[name] = function(self, ...) method(self.th, ...) return self end
end
for _, name in ipairs{'zero', 'fill', 'mul', 'uniform'} do inPlace(name) end

function Tensor:resize(...) TH.resize_(self.th, ...) return self end
function Tensor:resizeAs(other) TH.resize_as_(self.th, other.th) return self end
function Tensor:copy(other) TH.copy_(self.th, other.th) return self end

-- set: look at another tensor's memory from now on, without copying a number. Everything that shares, shares by it.
function Tensor:set(other) TH.set_(self.th, other and other.th or pytorch.empty(0)) return self end

-- add(number), add(tensor), add(factor, tensor)
function Tensor:add(a, b)
   if b then add{self.th, b.th, alpha = a}
   else TH.add_(self.th, torch.typename(a) and a.th or a) end
   return self
end

-- self = beta * self + alpha * (a * b): the work horse, a call to BLAS.
function Tensor:addmm(beta, alpha, a, b) addmm{self.th, a.th, b.th, beta = beta, alpha = alpha} return self end

-- Views: a new tensor, the old memory. Dimensions count from 1.
function Tensor:t() return torch.wrap(TH.t(self.th)) end
function Tensor:view(...) return torch.wrap(TH.view(self.th, ...)) end
function Tensor:viewAs(other) return torch.wrap(TH.view_as(self.th, other.th)) end
function Tensor:expandAs(other) return torch.wrap(TH.expand_as(self.th, other.th)) end
function Tensor:narrow(dim, first, size) return torch.wrap(TH.narrow(self.th, dim - 1, first - 1, size)) end
function Tensor:select(dim, index) return torch.wrap(TH.select(self.th, dim - 1, index - 1)) end

local function list(numbers) return python.eval('[' .. table.concat(numbers, ', ') .. ']') end
function Tensor:asStrided(size, stride, offset)
   return torch.wrap(TH.as_strided(self.th, list(size), list(stride), offset - 1))
end

-- New memory.
function Tensor:new() return torch.wrap(TH.new_empty(self.th, 0)) end
function Tensor:clone() return torch.wrap(TH.clone(self.th)) end
function Tensor:contiguous() return self:isContiguous() and self or torch.wrap(TH.contiguous(self.th)) end
function Tensor:sum(dim)
   if dim then return torch.wrap(TH.sum(self.th, dim - 1)) end
   return TH.item(TH.sum(self.th))
end
function Tensor:argmax(dim) return torch.wrap(TH.add(TH.argmax(self.th, dim - 1), 1)) end  -- classes count from 1

-- Questions.
function Tensor:nElement() return TH.numel(self.th) end
function Tensor:dim() return TH.dim(self.th) end
function Tensor:size(dim) if dim then return TH.size(self.th, dim - 1) end return {TH.size(self.th)} end
function Tensor:stride(dim) return TH.stride(self.th, dim - 1) end
function Tensor:storageOffset() return TH.storage_offset(self.th) + 1 end
function Tensor:isContiguous() return TH.is_contiguous(self.th) end

-- type() asks, type(name) converts: into new memory, or not at all if it is of that type already.
local TYPES = {['torch.float32'] = 'torch.FloatTensor', ['torch.float64'] = 'torch.DoubleTensor',
               ['torch.int64'] = 'torch.LongTensor'}
local CONVERT = {['torch.FloatTensor'] = TH.float, ['torch.DoubleTensor'] = TH.double, ['torch.LongTensor'] = TH.long}
function Tensor:type(name)
   if name then return torch.wrap(CONVERT[name](self.th)) end
   return TYPES[tostring(python.as_attrgetter(self.th).dtype)]
end
function Tensor:float() return self:type('torch.FloatTensor') end
function Tensor:double() return self:type('torch.DoubleTensor') end
function Tensor:long() return self:type('torch.LongTensor') end

-- storage: the memory itself, as its address and its number of numbers; many tensors can look at one storage.
function Tensor:storage()
   local storage = TH.untyped_storage(self.th)
   return {address = Storage.data_ptr(storage), size = Storage.nbytes(storage) / TH.element_size(self.th)}
end

-- data: a C pointer to the first number. LuaJIT compiles loops over it to machine code.
local POINTERS = {['torch.FloatTensor'] = 'float *', ['torch.DoubleTensor'] = 'double *', ['torch.LongTensor'] = 'int64_t *'}
function Tensor:data() return ffi.cast(POINTERS[self:type()], TH.data_ptr(self.th)) end

-- Operators make a new tensor: 2 * x + y
local function number(value) return torch.typename(value) and value.th or value end
function Tensor.__add(a, b) return torch.wrap(pytorch.add(number(a), number(b))) end
function Tensor.__mul(a, b)  -- of two matrices: the matrix product, as in Torch7
   local both = torch.typename(a) and torch.typename(b)
   return torch.wrap(both and pytorch.matmul(a.th, b.th) or pytorch.mul(number(a), number(b)))
end

function Tensor:__tostring__() return ('[%s of size %s]'):format(self:type(), table.concat(self:size(), 'x')) end

-- A notebook does not see what C prints; Python's print reaches it.
function print(...)
   local parts = {}
   for i = 1, select('#', ...) do parts[i] = tostring((select(i, ...))) end
   python.builtins.print(table.concat(parts, '\t'))
end

return torch
