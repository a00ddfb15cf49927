-- THNN.lua: the kernels below `nn`, one function for each step of a module's contract.
--
-- Since 2015 Torch's C kernels lived in a library of that name, free of Lua: plain functions that read tensors and write
-- into buffers which the caller owns. ATen still has them, under new names. The left side is THNN's name, the right ATen's.

local pytorch = python.builtins.__import__('torch')
local aten = python.as_attrgetter(python.as_attrgetter(pytorch.ops).aten)
local keyword = python.builtins.__import__('lupa.luajit21').luajit21.unpacks_lua_table
local TH = python.as_attrgetter(pytorch.Tensor)

local kernel = {
   unfold = keyword(aten._slow_conv2d_forward.output),
   pool = keyword(aten.max_pool2d_with_indices.out),
   poolBack = keyword(aten.max_pool2d_with_indices_backward.grad_input),
   threshold = keyword(aten.threshold.out),
   thresholdBack = keyword(aten.threshold_backward.grad_input),
   logSoftMax = keyword(aten._log_softmax.out),
   logSoftMaxBack = keyword(aten._log_softmax_backward_data.out),
   nll = keyword(aten.nll_loss_forward.output),
   nllBack = keyword(aten.nll_loss_backward.grad_input),
}

-- The convolution's backward kernel returns new tensors. They must not pass through Lua: its garbage collector takes a
-- tensor for a few bytes and would let megabytes of them pile up. So Python hands them to the module's buffers.
local convolutionBack = aten._slow_conv2d_backward.output_mask
local write = python.eval('lambda buffer, kernel, *rest: (buffer.copy_(kernel(*rest)[0]), None)[1]')
local accumulate = python.eval([[(lambda weight, bias, scale, kernel, *rest:
   [buffer.add_(new, alpha=scale) for buffer, new in zip((weight, bias), kernel(*rest)[1:])] and None)]])

-- C functions take pairs of numbers; a Python list stands for such a pair. Each is made once.
local pair = setmetatable({}, {__call = function(self, height, width)
   local key = height * 1024 + width
   self[key] = self[key] or python.eval(('[%d, %d]'):format(height, width))
   return self[key]
end})
local input_only, parameters_only = python.eval('[True, False, False]'), python.eval('[False, True, True]')
local zero, one = pair(0, 0), pair(1, 1)
local ONE = {['torch.FloatTensor'] = TH.float(pytorch.ones(python.eval('[]'))),
             ['torch.DoubleTensor'] = TH.double(pytorch.ones(python.eval('[]')))}
local MEAN, KEEP_ALL = 1, -100
local INDEX_BASE = 1  -- THNN's TH_INDEX_BASE: 1 for Lua, where classes count from 1; PyTorch compiled it with 0

local THNN = {}

-- Convolution: each image is unfolded into columns, then one matrix product ("MM"). The kernels read an image's numbers as if
-- they lay side by side; of a view, backward makes a wrong gradient and no error. So THNN began with newContiguous.
function THNN.SpatialConvolutionMM_updateOutput(input, output, weight, bias, kW, kH)
   input = input:contiguous()
   output:resize(input:size(1), weight:size(1), input:size(3) - kH + 1, input:size(4) - kW + 1)
   kernel.unfold{input.th, weight.th, pair(kH, kW), bias.th, one, zero, output = output.th}
end

function THNN.SpatialConvolutionMM_updateGradInput(input, gradOutput, gradInput, weight, kW, kH)
   input = input:contiguous()
   gradInput:resizeAs(input)
   write(gradInput.th, convolutionBack, gradOutput.th, input.th, weight.th, pair(kH, kW), one, zero, input_only)
end

function THNN.SpatialConvolutionMM_accGradParameters(input, gradOutput, gradWeight, gradBias, kW, kH, scale)
   input = input:contiguous()
   accumulate(gradWeight.th, gradBias.th, scale, convolutionBack, gradOutput.th, input.th, gradWeight.th, pair(kH, kW),
              one, zero, parameters_only)
end

-- Pooling: the forward pass notes the winners' places, the backward pass needs nothing else.
function THNN.SpatialMaxPooling_updateOutput(input, output, indices, kW, kH, dW, dH)
   local height, width = math.floor((input:size(3) - kH) / dH) + 1, math.floor((input:size(4) - kW) / dW) + 1
   output:resize(input:size(1), input:size(2), height, width)
   indices:resizeAs(output)
   kernel.pool{input.th, pair(kH, kW), pair(dH, dW), out = output.th, indices = indices.th}
end

function THNN.SpatialMaxPooling_updateGradInput(input, gradOutput, gradInput, indices, kW, kH, dW, dH)
   gradInput:resizeAs(input)
   kernel.poolBack{gradOutput.th, input.th, pair(kH, kW), pair(dH, dW), zero, one, false, indices.th,
                   grad_input = gradInput.th}
end

-- relu is a threshold: what is not above it becomes `value`.
function THNN.Threshold_updateOutput(input, output, threshold, value)
   output:resizeAs(input)
   kernel.threshold{input.th, threshold, value, out = output.th}
end

function THNN.Threshold_updateGradInput(input, gradOutput, gradInput, threshold)
   gradInput:resizeAs(input)
   kernel.thresholdBack{gradOutput.th, input.th, threshold, grad_input = gradInput.th}
end

function THNN.LogSoftMax_updateOutput(input, output)
   output:resizeAs(input)
   kernel.logSoftMax{input.th, 1, false, out = output.th}
end

function THNN.LogSoftMax_updateGradInput(input, gradOutput, gradInput, output)
   gradInput:resizeAs(input)
   kernel.logSoftMaxBack{gradOutput.th, output.th, 1, python.as_attrgetter(input.th).dtype, out = gradInput.th}
end

-- The negative log-likelihood of the right class, mean over the batch.
function THNN.ClassNLLCriterion_updateOutput(input, target, output, total_weight)
   kernel.nll{input.th, TH.sub(target.th, INDEX_BASE), python.none, MEAN, KEEP_ALL,
              output = output.th, total_weight = total_weight.th}
   return TH.item(output.th)
end

function THNN.ClassNLLCriterion_updateGradInput(input, target, gradInput, total_weight)
   gradInput:resizeAs(input):zero()
   kernel.nllBack{ONE[input:type()], input.th, TH.sub(target.th, INDEX_BASE), python.none, MEAN, KEEP_ALL,
                  total_weight.th, grad_input = gradInput.th}
end

return THNN
