-- criterions.lua: a criterion compares outputs with targets. forward gives the loss, a number; backward its gradient.

require 'torch'
local THNN = require 'THNN'

local Criterion = torch.class('nn.Criterion')
function Criterion:__init() self.output, self.gradInput = 0, torch.Tensor() self._type = self.gradInput:type() end
function Criterion:forward(input, target) return self:updateOutput(input, target) end
function Criterion:backward(input, target) return self:updateGradInput(input, target) end
function Criterion:type(name) return name and nn.convert(self, name) or self._type end

local LogSoftMax, parent = torch.class('nn.LogSoftMax', 'nn.Module')

function LogSoftMax:updateOutput(input)
   THNN.LogSoftMax_updateOutput(input, self.output)
   return self.output
end

function LogSoftMax:updateGradInput(input, gradOutput)
   THNN.LogSoftMax_updateGradInput(input, gradOutput, self.gradInput, self.output)
   return self.gradInput
end

local ClassNLL = torch.class('nn.ClassNLLCriterion', 'nn.Criterion')

function ClassNLL:__init()
   nn.Criterion.__init(self)
   self.buffer, self.total_weight = torch.Tensor(1):select(1, 1), torch.Tensor(1):select(1, 1)
end

function ClassNLL:updateOutput(input, target)
   self.output = THNN.ClassNLLCriterion_updateOutput(input, target, self.buffer, self.total_weight)
   return self.output
end

function ClassNLL:updateGradInput(input, target)
   THNN.ClassNLLCriterion_updateGradInput(input, target, self.gradInput, self.total_weight)
   return self.gradInput
end

-- The two in a row. Torch7 defined it so, and F.cross_entropy of PyTorch still does the same.
local CrossEntropy = torch.class('nn.CrossEntropyCriterion', 'nn.Criterion')

function CrossEntropy:__init()
   nn.Criterion.__init(self)
   self.lsm, self.nll = nn.LogSoftMax(), nn.ClassNLLCriterion()
end

function CrossEntropy:updateOutput(input, target)
   self.output = self.nll:forward(self.lsm:forward(input), target)
   return self.output
end

function CrossEntropy:updateGradInput(input, target)
   self.gradInput = self.lsm:backward(input, self.nll:backward(self.lsm.output, target))
   return self.gradInput
end
