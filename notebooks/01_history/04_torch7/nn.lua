-- nn.lua: modules that keep Torch7's contract. Each has three duties, and two buffers that it fills again and again:
--
--    updateOutput(input)                  fills and returns self.output
--    updateGradInput(input, gradOutput)   fills and returns self.gradInput
--    accGradParameters(input, gradOutput) ADDS to self.gradWeight and self.gradBias, if there are any
--
-- Nobody records anything. `backward` works because the author of each module wrote its derivative.

require 'torch'
nn = {}

local Module = torch.class('nn.Module')

function Module:__init()
   self.output, self.gradInput, self.train = torch.Tensor(), torch.Tensor(), true
   self._type = self.output:type()
end

function Module:forward(input) return self:updateOutput(input) end

function Module:backward(input, gradOutput, scale)
   self:updateGradInput(input, gradOutput)
   self:accGradParameters(input, gradOutput, scale or 1)
   return self.gradInput
end

function Module:accGradParameters() end  -- most modules have no parameters

function Module:parameters()
   if self.weight then return {self.weight, self.bias}, {self.gradWeight, self.gradBias} end
   return {}, {}
end

function Module:zeroGradParameters()
   local _, gradParameters = self:parameters()
   for _, gradient in ipairs(gradParameters) do gradient:zero() end
end

function Module:updateParameters(learningRate)  -- plain gradient descent; for more there was `optim`
   local parameters, gradParameters = self:parameters()
   for i, parameter in ipairs(parameters) do parameter:add(-learningRate, gradParameters[i]) end
end

-- type() asks, type(name) converts weights, gradients and buffers. Call it before getParameters: it moves the weights.
function nn.convert(object, name)
   for key, value in pairs(object) do
      if torch.typename(value) and value.th and value:type() ~= 'torch.LongTensor' then object[key] = value:type(name)
      elseif type(value) == 'table' and not value.th then nn.convert(value, name) end
   end
   object._type = object._type and name
   return object
end

function Module:type(name) return name and nn.convert(self, name) or self._type end
function Module:float() return self:type('torch.FloatTensor') end
function Module:double() return self:type('torch.DoubleTensor') end

-- One new block of memory; every tensor of the list is copied into it, and looks at its part of it from now on.
local function flatten(tensors)
   local size = 0
   for _, tensor in ipairs(tensors) do size = size + tensor:nElement() end
   local flat, first = tensors[1]:new():resize(size), 1
   for _, tensor in ipairs(tensors) do
      local part = flat:narrow(1, first, tensor:nElement()):viewAs(tensor)
      tensor:set(part:copy(tensor))
      first = first + tensor:nElement()
   end
   return flat
end

-- All weights as one vector, all gradients as another. Call it once.
function Module:getParameters()
   local parameters, gradParameters = self:parameters()
   return flatten(parameters), flatten(gradParameters)
end

function Module:apply(f)
   f(self)
   for _, module in ipairs(self.modules or {}) do module:apply(f) end
end

function Module:training() self:apply(function(module) module.train = true end) end
function Module:evaluate() self:apply(function(module) module.train = false end) end

function Module:clearState()  -- empty buffers before saving; they are filled again by the next batch
   self:apply(function(module)
      for _, name in ipairs{'output', 'gradInput', 'indices'} do
         if torch.typename(module[name]) then module[name] = module[name]:new() end
      end
   end)
   return self
end

function Module:__tostring__() return self.__typename end

-- A chain. The output of each module is the input of the next; gradients travel the other way.
local Sequential, parent = torch.class('nn.Sequential', 'nn.Module')

function Sequential:__init() parent.__init(self) self.modules = {} end
function Sequential:add(module) table.insert(self.modules, module) return self end
function Sequential:get(i) return self.modules[i] end
function Sequential:size() return #self.modules end

function Sequential:updateOutput(input)
   for _, module in ipairs(self.modules) do input = module:updateOutput(input) end
   self.output = input
   return input
end

local function below(self, i, input) return i > 1 and self.modules[i - 1].output or input end

function Sequential:updateGradInput(input, gradOutput)
   for i = #self.modules, 1, -1 do gradOutput = self.modules[i]:updateGradInput(below(self, i, input), gradOutput) end
   self.gradInput = gradOutput
   return gradOutput
end

function Sequential:accGradParameters(input, gradOutput, scale)
   for i = #self.modules, 1, -1 do
      self.modules[i]:accGradParameters(below(self, i, input), gradOutput, scale)
      gradOutput = self.modules[i].gradInput
   end
end

function Sequential:parameters()
   local all, allGradients = {}, {}
   for _, module in ipairs(self.modules) do
      local parameters, gradients = module:parameters()
      for i, parameter in ipairs(parameters) do
         table.insert(all, parameter)
         table.insert(allGradients, gradients[i])
      end
   end
   return all, allGradients
end

function Sequential:__tostring__()
   local lines, arrows = {}, {}
   for i, module in ipairs(self.modules) do
      arrows[i], lines[i] = ('(%d)'):format(i), ('  (%d): %s'):format(i, tostring(module))
   end
   return ('nn.Sequential {\n  [input -> %s -> output]\n%s\n}'):format(table.concat(arrows, ' -> '), table.concat(lines, '\n'))
end

require 'layers'
require 'criterions'

return nn
