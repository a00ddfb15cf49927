-- train.lua: a whole script. `digits` holds the course's digits; the launcher in the notebook puts them there.

require 'trainer'
torch.manualSeed(0)
local network = require('one_cnn').network()

local dataset = {}
function dataset:size() return 500 end
for i = 1, dataset:size() do
   dataset[i] = {digits.images:narrow(1, i, 1), digits.targets:narrow(1, i, 1)}
end

local trainer = nn.StochasticGradient(network, nn.CrossEntropyCriterion())
trainer.learningRate, trainer.maxIteration = 0.03, 2
local wanted = {2.3, 1.2}
trainer.hookIteration = function(_, iteration, loss)
   print(('pass %d over 500 digits: mean loss below %.1f: %s'):format(iteration, wanted[iteration], loss < wanted[iteration]))
end
trainer:train(dataset)

local guess = network:forward(digits.images:narrow(1, 501, 500)):argmax(2)
local right = 0
for i = 1, 500 do
   if guess:data()[i - 1] == digits.targets:data()[500 + i - 1] then right = right + 1 end  -- C pointers count from 0
end
print('of 500 digits that it has not seen, more than 300 are read right:', right > 300)
