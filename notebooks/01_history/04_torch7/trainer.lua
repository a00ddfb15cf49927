-- trainer.lua: the one trainer that `nn` itself had. One example at a time, plain gradient descent.

require 'nn'

local Trainer = torch.class('nn.StochasticGradient')

function Trainer:__init(module, criterion)
   self.module, self.criterion = module, criterion
   self.learningRate, self.maxIteration = 0.01, 25
end

-- A dataset is anything with dataset:size() and dataset[i], which gives {input, target}.
function Trainer:train(dataset)
   for iteration = 1, self.maxIteration do
      local sum = 0
      for i = 1, dataset:size() do
         local input, target = unpack(dataset[i])
         self.module:zeroGradParameters()
         sum = sum + self.criterion:forward(self.module:forward(input), target)
         self.module:backward(input, self.criterion:backward(self.module.output, target))
         self.module:updateParameters(self.learningRate)
         collectgarbage()
      end
      if self.hookIteration then self.hookIteration(self, iteration, sum / dataset:size()) end
   end
end
