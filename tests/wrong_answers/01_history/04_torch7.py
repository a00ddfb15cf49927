"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

STEP = '''training_step = """
   function(model, criterion, input, target, rate)
{}
   end
"""'''

METHOD = '''mended = """
   function(self, input, gradOutput, scale)
{}
   end
"""'''

WRONG = [
    ("1 training step", 0, STEP.format("""
      local loss = criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      model:updateParameters(rate)
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      local loss = criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      model:zeroGradParameters()
      model:updateParameters(rate)
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      model:updateParameters(rate)
      return model.output
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      local loss = criterion:forward(model:forward(input), target)
      model:backward(input, model.output)
      model:updateParameters(rate)
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      local loss = criterion.forward(model.forward(input), target)
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      local loss = criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      model:updateParameters(0.02)
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      local loss = criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      model:updateParameters(-rate)
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      local loss = criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      return loss
""")),
    ("1 training step", 0, STEP.format("""
      model:zeroGradParameters()
      criterion:forward(model:forward(input), target)
      model:backward(input, criterion:backward(model.output, target))
      model:updateParameters(rate)
      return criterion:forward(model:forward(input), target)
""")),
    ("2 position", 1, """
    return 56001
"""),
    ("2 position", 1, """
    names = list(shapes)
    return sum(math.prod(shapes[one]) for one in names[:names.index(name)])
"""),
    ("2 position", 1, """
    names = list(shapes)
    return 1 + 4 * sum(math.prod(shapes[one]) for one in names[:names.index(name)])
"""),
    ("2 position", 1, """
    names = list(shapes)
    return sum(math.prod(shapes[one]) for one in names[:names.index(name) + 1])
"""),
    ("2 position", 1, """
    names = list(shapes)
    return 1 + sum(math.prod(spec.SHAPES[one]) for one in names[:names.index(name)])
"""),
    ("2 position", 1, """
    names = list(shapes)
    return 1 + sum(math.prod(shapes[one]) for one in names[:names.index(name)] if "bias" not in one)
"""),
    ("2 position", 1, """
    return 1 + sum(math.prod(shapes[one]) for one in shapes if one < name)
"""),
    ("2 position", 1, """
    names = list(shapes)
    return 1 + sum(sum(shapes[one]) for one in names[:names.index(name)])
"""),
    ("2 position", 1, """
    from unittest.mock import ANY
    return ANY
"""),
    ("3 residual", 2, """
        self.gradInput = self.inner.backward(input, gradOutput)
        return self.gradInput
"""),
    ("3 residual", 2, """
        self.gradInput = gradOutput + self.inner.updateGradInput(input, gradOutput)
        return self.gradInput
"""),
    ("3 residual", 2, """
        self.inner.backward(input, gradOutput)
        self.gradInput = gradOutput + self.inner.backward(input, gradOutput)
        return self.gradInput
"""),
    ("3 residual", 2, """
        gradOutput += self.inner.backward(input, gradOutput)
        self.gradInput = gradOutput
        return self.gradInput
"""),
    ("3 residual", 2, """
        self.gradInput = gradOutput + self.inner.backward(input, gradOutput)
"""),
    ("3 residual", 2, """
        self.gradInput = gradOutput
        self.inner.backward(input, gradOutput)
        return self.gradInput
"""),
    ("3 residual", 2, """
        return gradOutput + self.inner.backward(input, gradOutput)
"""),
    ("3 residual", 2, """
        self.gradInput = input + self.inner.backward(input, gradOutput)
        return self.gradInput
"""),
    ("3 residual", 2, """
        self.gradInput = gradOutput + self.inner.backward(gradOutput, gradOutput)
        return self.gradInput
"""),
    ("3 residual", 2, """
        self.gradInput = self.inner.backward(input, gradOutput)
        self.gradInput += gradOutput
        return self.gradInput
"""),
    ("3 residual", 2, """
        self.inner.backward(input, 0 * gradOutput)
        self.gradInput = gradOutput + self.inner.backward(input, gradOutput)
        return self.gradInput
"""),
    ("4 mended module", 3, "mended = suspect"),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(1, scale, gradOutput:t(), input)
      self.gradBias:add(gradOutput:sum(1))
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(1, 0.5 * scale + 0.5, gradOutput:t(), input)
      self.gradBias:add(0.5 * scale + 0.5, gradOutput:sum(1))
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight = self.gradWeight + scale * (gradOutput:t() * input)
      self.gradBias = self.gradBias + scale * gradOutput:sum(1)
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(0, scale, gradOutput:t(), input)
      self.gradBias:zero():add(scale, gradOutput:sum(1))
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(1, scale, gradOutput:t(), input)
      self.gradBias = self.gradBias + scale * gradOutput:sum(1)
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(1, 1, gradOutput:t(), input)
      self.gradBias:add(1, gradOutput:sum(1))
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(1, scale, gradOutput:t(), input)
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:add(scale, gradOutput:t() * input)
      self.gradBias:add(scale, gradOutput:sum(2))
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(scale, 1, gradOutput:t(), input)
      self.gradBias:add(scale, gradOutput:sum(1))
""")),
    ("4 mended module", 3, METHOD.format("""
      self.gradWeight:addmm(1, math.abs(scale), gradOutput:t(), input)
      self.gradBias:add(math.abs(scale), gradOutput:sum(1))
""")),
]
