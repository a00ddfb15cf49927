# ---
# jupyter:
#   kernelspec:
#     display_name: Museum (MXNet, Theano, Chainer)
#     language: python
#     name: museum
# ---

# %% [markdown]
# # Exercise: Theano
#
# Five tasks on [the Theano notebook](../../notebooks/01_history/03_theano.ipynb), about 40 minutes.
# Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]`
# with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds
# below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np

from onecnn import cells, checks, ladder

chapter = cells.functions("01_history/03_theano")  # its first cell makes Theano's settings
import theano
import theano.tensor as T

# %% [markdown]
# ## 1. Complete the updates (complete)
#
# `updates(loss, parameter, rate, momentum)` shall return the list of pairs for one step of SGD with
# momentum: *velocity = momentum * velocity + gradient*, then *parameter = parameter - rate *
# velocity*, with the new velocity. A pair is a box and the expression of its new value. The box for
# the velocity is made for you. All new values are computed before any is stored.


# %%
def updates(loss, parameter, rate, momentum):
    velocity = theano.shared(np.zeros_like(parameter.get_value()))
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def walk_apart(start, power, rate, momentum):
    """The number of the first of four steps that goes elsewhere, for the loss sum(p ** power)."""
    parameter = theano.shared(np.array(start, "float32"), "parameter")
    loss = (parameter ** power).sum()
    pairs = updates(loss, parameter, np.float32(rate), np.float32(momentum))
    step = theano.function([], loss, updates=pairs, mode="FAST_COMPILE")
    value = np.array(start, float)
    velocity = np.zeros_like(value)
    for number in range(1, 5):
        step()
        velocity = momentum * velocity + power * value ** (power - 1)
        value = value - rate * velocity
        if not np.allclose(parameter.get_value(), value, rtol=1e-4, atol=1e-5):
            return number
    return None


# %% jupyter={"source_hidden": true}
def steps_agree():
    start = checks.random(1).rand(2, 3)
    for begin, power, rate, momentum in (([1, -20], 2, 0.1, 0.9), (start, 3, 0.02, 0.5)):
        number = walk_apart(begin, power, rate, momentum)
        if number:
            return (f"step {number} goes elsewhere, with rate {rate} and momentum {momentum}: "
                    "which velocity does the parameter take, and is it kept?")
    return True


checks.grade("1 momentum updates", steps_agree,
             hint="which two boxes change in a step, and what is the expression of each new value?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `T.grad` gives the gradient as an expression. Name the expression of the new velocity, and use it
# twice: as the second half of the velocity's pair, and within the parameter's. Whoever writes
# `velocity` there gets the value that the box had before the step.
#
# </details>

# %% [markdown]
# ## 2. Predict the corner (predict)
#
# Six ways to write relu. At `x = 0` all are 0, but what slope does Theano's gradient give there?
# Write the six numbers before you run anything. The notebook says whom `T.maximum` pays in a tie. A
# comparison counts as a constant: it has no slope of its own.

# %%
CORNERS = {
    "maximum(x, 0)": lambda x: T.maximum(x, 0),
    "maximum(0, x)": lambda x: T.maximum(0, x),
    "nnet.relu(x)": lambda x: T.nnet.relu(x),
    "switch(x > 0, x, 0)": lambda x: T.switch(x > 0, x, 0),
    "switch(x < 0, 0, x)": lambda x: T.switch(x < 0, 0, x),
    "x * (x >= 0)": lambda x: x * (x >= 0),
}

# %%
slopes_at_zero = ...  # your answer here


# %% jupyter={"source_hidden": true}
def slopes(answer):
    if not isinstance(answer, dict) or set(answer) != set(CORNERS):
        return f"one number for each of {', '.join(CORNERS)}"
    x = T.fvector("x")
    all_slopes = [T.grad(relu(x).sum(), x) for relu in CORNERS.values()]
    found = theano.function([x], all_slopes, mode="FAST_COMPILE")(np.zeros(1, "float32"))
    wrong = [name for name, slope in zip(CORNERS, found) if float(answer[name]) != slope[0]]
    return not wrong or f"{len(wrong)} of {len(CORNERS)} are not what Theano gives: think again"


checks.grade("2 slopes at zero", slopes, answer=slopes_at_zero,
             hint="which side of the choice is taken at exactly 0, and is it x or the constant?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Ask which argument wins at 0. `T.maximum` pays its first argument in a tie, whole: is that `x`? A
# `switch` pays the side that its condition picks. A product of `x` and a constant has the constant
# as its slope. And the notebook's `OneCNN` has a comment on `T.nnet.relu`.
#
# </details>

# %% [markdown]
# ## 3. Mend a network that the ladder rejects (mend)
#
# This network uses the relu that Theano's documentation encouraged. It trains well. The next cell
# lets it climb, and the ladder names a rung.


# %%
class Suspect(chapter.Compiled):
    def relu(self, x):
        return T.nnet.relu(x)


def climb_with(network):
    return ladder.climb(network, chapter.logits, chapter.gradients, chapter.train_step,
                        chapter.read_weights, chapter.save, chapter.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(Suspect).failed_rung)

# %% [markdown]
# Write another relu, with slope 0 at 0. Forbidden is `T.switch` (and `T.where`, its other name):
# the notebook has that one. Task 2 gives a hint; a product does it, too.


# %%
class Mended(chapter.Compiled):
    def relu(self, x):
        raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def climbs():
    x = T.fvector("x")
    y = Mended.relu(None, x)  # an unsolved task ends here
    if "switch" in theano.printing.debugprint(y, file="str").lower():
        return "without T.switch"
    points = np.float32([-3, -0.5, 0.25, 2, *checks.random(3).randn(5)])
    both = theano.function([x], [y, T.grad(y.sum(), x)], mode="FAST_COMPILE")
    values, slopes = both(points)
    if not np.allclose(values, np.clip(points, 0, None)):
        return "these are not relu's values: what becomes of a negative number, of a positive one?"
    if not np.allclose(slopes, points > 0):
        return "the slopes to the left or to the right of 0 are not relu's"
    report = climb_with(Mended)
    return (report.failed_rung is None
            or f"the rung '{report.failed_rung}' breaks: what is the slope at exactly 0?")


checks.grade("3 mended relu", climbs, hint="which relu of task 2 has the slope that is wanted?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Two ways. `T.maximum` pays its first argument in a tie, so it matters what stands there. Or
# multiply `x` by a comparison, which is 1 or 0 and has no slope of its own: choose the comparison
# that is false at 0.
#
# </details>

# %% [markdown]
# ## The engine, once more
#
# The last two tasks extend the notebook's engine. Here is what they need of it, shortened: nodes,
# operations with a line of code and a gradient rule, `order`, `grad`, and a compiler with rewriting
# rules.

# %%
class Node:
    def __init__(self, op, *inputs):
        self.op, self.inputs = op, inputs

    def __add__(self, other):
        return Node("add", self, other)

    def __mul__(self, other):
        return Node("mul", self, other)

    __radd__, __rmul__ = __add__, __mul__


OPS = {"add": ("{0} + {1}", lambda g, y, a, b: (g, g)),
       "mul": ("{0} * {1}", lambda g, y, a, b: (g * b, g * a))}


def op(name, code, rule=None):
    OPS[name] = code, rule
    return lambda *inputs: Node(name, *inputs)


log = op("log", "np.log({0})")
log1p = op("log1p", "np.log1p({0})")
sqrt = op("sqrt", "np.sqrt({0})")


# %%
def order(outputs):
    done = {}

    def visit(node):
        if isinstance(node, Node) and node not in done:
            for parent in node.inputs:
                visit(parent)
            done[node] = True

    for node in outputs:
        visit(node)
    return list(done)


# %%
def grad(loss, wanted):
    found = {loss: 1.0}
    for node in reversed(order([loss])):
        if node.op != "leaf" and node in found:
            pieces = OPS[node.op][1](found[node], node, *node.inputs)
            for parent, piece in zip(node.inputs, pieces):
                if isinstance(parent, Node):
                    found[parent] = found[parent] + piece if parent in found else piece
    return found[wanted]


# %%
def function(x, outputs, rules=()):
    """Compiles a function of one leaf ``x``. Each rule gets a node and returns it, or a better
    one."""
    new, names, lines = {x: x}, {x: "x"}, []
    for node in order(outputs):
        fresh = node if node is x else Node(node.op, *(new.get(i, i) for i in node.inputs))
        for rule in rules:
            fresh = rule(fresh)
        new[node] = fresh
    targets = [new[node] for node in outputs]
    for node in order(targets):
        if node is not x:
            names[node] = f"t{len(lines)}"
            value = OPS[node.op][0].format(*(names.get(i, i) for i in node.inputs))
            lines.append(f"{names[node]} = {value}")
    lines.append("return " + ", ".join(names[t] for t in targets))
    space = {"np": np}
    exec("\n    ".join(["def compiled(x):", *lines]), space)
    return space["compiled"]


# %% [markdown]
# ## 4. A new operation (complete)
#
# Give the engine $\tanh$. Its code is `np.tanh({0})`; its derivative is $1 - \tanh^2$. Write the
# rule: it gets `g` (the gradient for the output), the output `y`, and the input `x`, and returns a
# tuple with one node. The engine knows `+` and `*`, with nodes and numbers on both sides. Central
# differences will judge it.


# %%
def tanh_rule(g, y, x):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
tanh = op("tanh", "np.tanh({0})", tanh_rule)


def differences_agree():
    leaf = Node("leaf")
    rule = tanh_rule(Node("leaf"), Node("leaf"), Node("leaf"))
    if not isinstance(rule, tuple) or len(rule) != 1 or not isinstance(rule[0], Node):
        return "return a tuple with one node, because tanh has one input: (..., )"
    h, points = 1e-6, np.append(np.linspace(-1.5, 1.5, 7), checks.random(4).randn(4))
    for z, what in ((tanh(leaf), "tanh(x)"), (tanh(leaf * 2 + 1) * -3, "-3 tanh(2x + 1)"),
                    (3 * tanh(tanh(leaf * 2) + leaf) + leaf * tanh(leaf), "tanh within tanh")):
        f = function(leaf, [z, grad(z, leaf)])
        numerical = (f(points + h)[0] - f(points - h)[0]) / (2 * h)
        if not np.abs(numerical - f(points)[1]).max() <= 1e-6:
            return f"central differences disagree, for {what}"
    return True


checks.grade("4 tanh", differences_agree,
             hint="what does the chain rule make of g, and is the derivative written with y or x?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chain rule: what arrives, times the derivative. `y` already is the tanh, so its square is a
# product of nodes. The engine has no minus; add the product of -1 and that square to 1. A comma
# makes the tuple.
#
# </details>

# %% [markdown]
# ## 5. A rule for the optimiser (port)
#
# The trick with which Theano beat NumPy: replace $\log(1 + x)$ by `log1p(x)`. Complete `stable`. It
# gets a node and returns `log1p(...)` of the right thing where the pattern fits, and the same node
# everywhere else. `1 + x` and `x + 1` both become `Node("add", x, 1)`; the number stands last. An
# input may be a node or a number: `log(2)` is `Node("log", 2)`. The other operations here are
# `mul`, `sqrt` and `log1p`; an `x` is a leaf, without inputs.


# %%
def stable(node):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def leaves_others_alone():
    """What ``stable`` replaces although it does not fit; or None."""
    x, y = Node("leaf"), Node("leaf")
    others = {"x": x, "x + 2": x + 2, "x + 1": x + 1, "log(x)": log(x), "log(2)": log(2),
              "log(x * 3)": log(x * 3), "log(x * 1)": log(x * 1), "log(x + 2)": log(x + 2),
              "log(x + 0)": log(x + 0), "log(x + -1)": log(x + -1), "log(x + 1.5)": log(x + 1.5),
              "log(x + y)": log(x + y), "log(1 + x + y)": log(1 + x + y),
              "sqrt(1 + x)": sqrt(1 + x), "log1p(1 + x)": log1p(1 + x),
              "log(sqrt(1 + x))": log(sqrt(1 + x))}
    for what, node in others.items():
        if stable(node) is not node:
            return f"{what} must come back as it is, as the same node"
    return None


# %% jupyter={"source_hidden": true}
def fits_well():
    """What ``stable`` does not replace well; or None."""
    x = Node("leaf")
    for what, node in (("log(1 + x)", log(1 + x)), ("log(1 + x * x)", log(1 + x * x)),
                       ("log(log(x) + 1.0)", log(log(x) + 1.0)),
                       ("log(x + 1 + 1)", log(x + 1 + 1))):
        found = stable(node)
        if not isinstance(found, Node) or found.op != "log1p":
            return f"{what} is not replaced"
        if found.inputs != (node.inputs[0].inputs[0],):
            return f"{what} is replaced, but log1p of what?"
    return None


# %% jupyter={"source_hidden": true}
def rule_fits():
    wrong = leaves_others_alone() or fits_well()
    if wrong:
        return wrong
    x = Node("leaf")
    f = function(x, [log(1 + x), log(x + 2), log(1 + x * x)], [stable])
    small, two, square = f(1e-20)
    return small == 1e-20 and abs(two - np.log(2)) < 1e-12 and square == 1e-40


checks.grade("5 rewriting rule", rule_fits,
             hint="which operation must the node have, which its input, and which number is added?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Three questions, one after the other: is the node a `log`? is its input a node, and a sum? does
# the number 1 stand last in that sum? If all are yes, `log1p` takes what stands before the number.
# If one is no, the node itself comes back.
#
# </details>
