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
    ("2 position", 1, "position = 144 + 16 + 4608 + 32 + 64 * 800"),
    ("2 position", 1, "position = 144 + 4608 + 64 * 800 + 1"),
    ("2 position", 1, "position = 4 * (144 + 16 + 4608 + 32 + 64 * 800) + 1"),
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
]
