-- one_cnn.lua: the network of this course, written for Torch7 as its users wrote in 2015.

require 'torch'
require 'nn'
require 'optim'
require 't7'

local M = {}

-- Where each weight of the course stands in the chain. Lua counts from 1.
local LAYERS = {conv1 = 1, conv2 = 4, dense1 = 8, dense2 = 10}

function M.network()
   local model = nn.Sequential()
   model:add(nn.SpatialConvolution(1, 16, 3, 3))   -- N x  1 x 28 x 28 -> N x 16 x 26 x 26
   model:add(nn.ReLU())
   model:add(nn.SpatialMaxPooling(2, 2, 2, 2))     --                  -> N x 16 x 13 x 13
   model:add(nn.SpatialConvolution(16, 32, 3, 3))  --                  -> N x 32 x 11 x 11
   model:add(nn.ReLU())
   model:add(nn.SpatialMaxPooling(2, 2, 2, 2))     --                  -> N x 32 x  5 x  5
   model:add(nn.View(800))
   model:add(nn.Linear(800, 64))
   model:add(nn.ReLU())
   model:add(nn.Linear(64, 10))                    --                  -> N x 10
   model:get(1).gradInput = nil                    -- no gradient for the pixels
   return model
end

-- What training needs beside the network: the loss, the two flat vectors, the optimiser's memory.
function M.prepare(model, learningRate, momentum)
   local params, gradParams = model:getParameters()
   gradParams:zero()  -- new tensors hold whatever the memory held before
   return {
      model = model, criterion = nn.CrossEntropyCriterion():type(model:type()), params = params, gradParams = gradParams,
      config = {learningRate = learningRate, momentum = momentum, dampening = 0},
   }
end

-- One pass forward and one back. Afterwards the gradients stand in gradParams.
function M.evaluate(net, images, targets)
   net.gradParams:zero()
   local output = net.model:forward(images)
   local loss = net.criterion:forward(output, targets)
   net.model:backward(images, net.criterion:backward(output, targets))
   collectgarbage()  -- the small tensors of this pass; nobody else would free them
   return loss, net.gradParams
end

-- One step. `feval`, a closure over the batch, is what optim wanted to be given.
function M.step(net, images, targets)
   net.model:training()
   local feval = function() return M.evaluate(net, images, targets) end
   local _, losses = optim.sgd(feval, net.params, net.config)
   return losses[1]
end

function M.logits(net, images)
   net.model:evaluate()
   local output = net.model:forward(images):clone()  -- the output belongs to the last module, which will fill it again
   collectgarbage()  -- without it each look at the network would keep its images
   return output
end

-- A checkpoint: the network, and the optimiser's table, which holds the momentum. clearState empties the modules' buffers;
-- without it they would all be written too. The next batch fills them again.
function M.save(net, filename)
   torch.save(filename, {model = net.model:clearState(), optimState = net.config})
end

function M.load(filename)
   local stored = torch.load(filename)
   local net = M.prepare(stored.model)
   net.config = stored.optimState
   return net
end

-- The weights, or the gradients, by the names of the course.
local function collect(net, weight, bias)
   local found = {}
   for layer, place in pairs(LAYERS) do
      found[layer .. '.weight'], found[layer .. '.bias'] = net.model:get(place)[weight], net.model:get(place)[bias]
   end
   return found
end

function M.weights(net) return collect(net, 'weight', 'bias') end
function M.gradients(net) return collect(net, 'gradWeight', 'gradBias') end

return M
