-- optim.lua: an optimiser is a function. It is given a function that evaluates the loss, the vector of all weights, and a
-- table in which it keeps its memory from call to call.

optim = {}

function optim.sgd(opfunc, x, config, state)
   state = state or config
   local learningRate, momentum = config.learningRate or 1e-3, config.momentum or 0
   local dampening = config.dampening or momentum  -- Torch7's default. PyTorch's is 0.

   local fx, dfdx = opfunc(x)  -- loss and gradient; dfdx is the module's own memory, so it must not be changed

   if momentum ~= 0 then
      if not state.dfdx then
         state.dfdx = dfdx:clone()  -- the first step is not dampened
      else
         state.dfdx:mul(momentum):add(1 - dampening, dfdx)
      end
      dfdx = state.dfdx
   end

   x:add(-learningRate, dfdx)  -- x, too, is the module's own memory: the network has changed
   return x, {fx}
end

return optim
