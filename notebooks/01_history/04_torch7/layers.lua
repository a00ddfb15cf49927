-- layers.lua: the layers of `nn`. Those on THNN only fetch a kernel; nn.Linear does its own arithmetic, as in Torch7.

require 'torch'
local THNN = require 'THNN'

-- Uniform in +-1/sqrt(fan-in): Torch7's start, and to this day the bound of PyTorch's.
local function reset(self, fanIn)
   local bound = 1 / math.sqrt(fanIn)
   self.weight:uniform(-bound, bound)
   self.bias:uniform(-bound, bound)
end

local Linear, parent = torch.class('nn.Linear', 'nn.Module')

function Linear:__init(inputSize, outputSize)
   parent.__init(self)
   self.weight, self.gradWeight = torch.Tensor(outputSize, inputSize), torch.Tensor(outputSize, inputSize)
   self.bias, self.gradBias = torch.Tensor(outputSize), torch.Tensor(outputSize)
   reset(self, inputSize)
end

function Linear:updateOutput(input)  -- y = x W' + b
   self.output:resize(input:size(1), self.bias:size(1))
   self.output:copy(self.bias:view(1, -1):expandAs(self.output))
   return self.output:addmm(1, 1, input, self.weight:t())
end

function Linear:updateGradInput(input, gradOutput)  -- G W
   return self.gradInput:resizeAs(input):addmm(0, 1, gradOutput, self.weight)
end

function Linear:accGradParameters(input, gradOutput, scale)  -- G' x, and the sum of G's rows
   self.gradWeight:addmm(1, scale, gradOutput:t(), input)
   self.gradBias:add(scale, gradOutput:sum(1))
end

function Linear:__tostring__()
   return ('nn.Linear(%d -> %d)'):format(self.weight:size(2), self.weight:size(1))
end

local Convolution = torch.class('nn.SpatialConvolution', 'nn.Module')

function Convolution:__init(nInputPlane, nOutputPlane, kW, kH)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane, self.kW, self.kH = nInputPlane, nOutputPlane, kW, kH
   self.dW, self.dH, self.padW, self.padH = 1, 1, 0, 0  -- this reconstruction knows no other stride and no padding
   self.weight = torch.Tensor(nOutputPlane, nInputPlane, kH, kW)
   self.gradWeight = torch.Tensor(nOutputPlane, nInputPlane, kH, kW)
   self.bias, self.gradBias = torch.Tensor(nOutputPlane), torch.Tensor(nOutputPlane)
   reset(self, nInputPlane * kW * kH)
end

function Convolution:updateOutput(input)
   THNN.SpatialConvolutionMM_updateOutput(input, self.output, self.weight, self.bias, self.kW, self.kH)
   return self.output
end

function Convolution:updateGradInput(input, gradOutput)
   if self.gradInput then  -- users set the first layer's to nil: nobody needs the gradient of the pixels
      THNN.SpatialConvolutionMM_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.kW, self.kH)
   end
   return self.gradInput
end

function Convolution:accGradParameters(input, gradOutput, scale)
   THNN.SpatialConvolutionMM_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, self.kW, self.kH, scale)
end

function Convolution:__tostring__()
   return ('nn.SpatialConvolution(%d -> %d, %dx%d)'):format(self.nInputPlane, self.nOutputPlane, self.kW, self.kH)
end

local Pooling = torch.class('nn.SpatialMaxPooling', 'nn.Module')

function Pooling:__init(kW, kH, dW, dH)
   parent.__init(self)
   self.kW, self.kH, self.dW, self.dH, self.padW, self.padH = kW, kH, dW or kW, dH or kH, 0, 0
   self.ceil_mode, self.indices = false, torch.LongTensor()
end

function Pooling:updateOutput(input)
   THNN.SpatialMaxPooling_updateOutput(input, self.output, self.indices, self.kW, self.kH, self.dW, self.dH)
   return self.output
end

function Pooling:updateGradInput(input, gradOutput)
   THNN.SpatialMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices,
                                          self.kW, self.kH, self.dW, self.dH)
   return self.gradInput
end

function Pooling:__tostring__()
   return ('nn.SpatialMaxPooling(%dx%d, %d,%d)'):format(self.kW, self.kH, self.dW, self.dH)
end

local ReLU = torch.class('nn.ReLU', 'nn.Module')

function ReLU:__init()
   parent.__init(self)
   self.threshold, self.val, self.inplace = 0, 0, false
end

function ReLU:updateOutput(input)
   THNN.Threshold_updateOutput(input, self.output, self.threshold, self.val)
   return self.output
end

function ReLU:updateGradInput(input, gradOutput)
   THNN.Threshold_updateGradInput(input, gradOutput, self.gradInput, self.threshold)
   return self.gradInput
end

-- The same numbers under another shape: no copy in either direction.
local View = torch.class('nn.View', 'nn.Module')

function View:__init(size)
   parent.__init(self)
   self.numElements, self.size = size, torch.LongStorage(1):fill(size)
end

function View:updateOutput(input)
   self.output = input:view(-1, self.numElements)
   return self.output
end

function View:updateGradInput(input, gradOutput)
   self.gradInput = gradOutput:viewAs(input)
   return self.gradInput
end

function View:__tostring__() return ('nn.View(%d)'):format(self.numElements) end
