# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Glossary
#
# After a look into this notebook you will know what a word of the course means, and which chapter
# shows it.
#
# **You will learn to**
# - tell three kinds of kernel apart;
# - find the chapter that teaches a term.
#
# **Before you start:** kernel `python3`, about 10 minutes.
# It is a page to look things up in. A list of all terms stands at the top.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# - **A** [Accuracy](#Accuracy) · [Artefact](#Artefact) ·
#   [Automatic differentiation](#Automatic-differentiation)
# - **B** [Backend](#Backend) · [Backward](#Backward) · [Batch](#Batch) · [bfloat16](#bfloat16) ·
#   [Bias](#Bias)
# - **C** [Channel](#Channel) · [Checkpoint](#Checkpoint) · [CNN](#CNN) · [Contract](#Contract) ·
#   [Convolution](#Convolution) · [Cross-entropy](#Cross-entropy)
# - **D** [Data parallel](#Data-parallel) · [Dense layer](#Dense-layer) · [Dtype](#Dtype) ·
#   [Dynamic graph](#Dynamic-graph)
# - **E** [Eager execution](#Eager-execution) · [Epoch](#Epoch) · [Export](#Export)
# - **F** [Flatten](#Flatten) · [float32](#float32) · [Forward](#Forward) · [Fusion](#Fusion)
# - **G** [Gradient](#Gradient) · [Graph](#Graph)
# - **H** [Hybrid](#Hybrid)
# - **I** [Inference](#Inference)
# - **J** [JIT](#JIT)
# - **K** [Kernel of a convolution](#Kernel-of-a-convolution) ·
#   [Kernel of a notebook](#Kernel-of-a-notebook) · [Kernel of a processor](#Kernel-of-a-processor)
# - **L** [Label](#Label) · [Layer](#Layer) · [Layout](#Layout) · [Learning rate](#Learning-rate) ·
#   [Logit](#Logit) · [Loss](#Loss)
# - **M** [Mixed precision](#Mixed-precision) · [MNIST](#MNIST) · [Model parallel](#Model-parallel)
#   · [Momentum](#Momentum)
# - **O** [ONNX](#ONNX) · [Optimizer](#Optimizer) · [Overfitting](#Overfitting)
# - **P** [Padding](#Padding) · [Parameter](#Parameter) · [Parity ladder](#Parity-ladder) ·
#   [Pipeline parallel](#Pipeline-parallel) · [Pooling](#Pooling) · [Pruning](#Pruning)
# - **Q** [Quantisation](#Quantisation)
# - **R** [Reference](#Reference) · [Relu](#Relu) · [Runtime](#Runtime)
# - **S** [Seed](#Seed) · [SGD](#SGD) · [Softmax](#Softmax) · [Starting weights](#Starting-weights)
#   · [Static graph](#Static-graph) · [Stride](#Stride)
# - **T** [Tape](#Tape) · [Tensor](#Tensor) · [Test set](#Test-set) · [Tracing](#Tracing)
# - **W** [Weight](#Weight)
# - **X** [XLA](#XLA)

# %% [markdown]
# ### Accuracy
#
# The share of right answers among pictures that were not trained on. Two networks can have the same
# accuracy and differ in every weight. *In*
# [The museum of bugs](03_comparison/02_museum_of_bugs.ipynb).

# %% [markdown]
# ### Artefact
#
# What training leaves behind to be used later: a file with the weights, or with weights and
# program. In this course the last rung of the parity ladder asks whether another process can use
# it. *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### Automatic differentiation
#
# A program finds the slopes of what you compute, operation by operation, with the chain rule. Every
# framework of this course has it; Torch7 leaves it to each module. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Backend
#
# What does the arithmetic below a framework: a library of kernels, a compiler, or another
# framework, as TensorFlow, PyTorch and JAX do for Keras. *In*
# [Keras](02_frameworks/03_keras.ipynb).

# %% [markdown]
# ### Backward
#
# The way back through the network: from the loss to the slope of every weight. The way there is
# called forward. *In* [The network by hand](01_history/02_by_hand.ipynb).

# %% [markdown]
# ### Batch
#
# The pictures of one training step, 64 here. Their mean slope stands for that of all pictures. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### bfloat16
#
# A number of 16 bits with float32's range and about two decimal digits. It halves memory and
# traffic. *In* [Hardware](03_comparison/06_hardware.ipynb).

# %% [markdown]
# ### Bias
#
# A number that is learned and added to a score, whatever the picture. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Channel
#
# One of several numbers at the same place of a picture: red, green and blue, or what 16 kernels
# found there. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Checkpoint
#
# A file from which training goes on as if it had never stopped: weights, and what the optimizer
# remembers. *In* [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### CNN
#
# A convolutional neural network: convolutions and poolings, then dense layers. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Contract
#
# What a deployed network promises: which input it takes, what it answers, how it refuses. Here it
# is a test that each server must pass. *In* [Serving](05_deployment/02_serving.ipynb).

# %% [markdown]
# ### Convolution
#
# A small window of weights slides over a picture; at each place its products with the pixels are
# added up. The same weights serve every place. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Cross-entropy
#
# The loss of this course: minus the logarithm of the probability that the right answer got. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Data parallel
#
# Each worker holds the whole network and a part of the batch; their gradients are averaged. *In*
# [Data parallel](04_distributed/01_distributed_data.ipynb).

# %% [markdown]
# ### Dense layer
#
# Each number that comes in meets each that goes out, with a weight of its own. Others call it fully
# connected, or linear. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Dtype
#
# The kind of number in an array: float32, float64, int64. *In*
# [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Dynamic graph
#
# A graph that is recorded while your program runs, anew each time. Also called define-by-run. *In*
# [Graphs](03_comparison/03_graphs.ipynb).

# %% [markdown]
# ### Eager execution
#
# Each operation runs when its line does. The opposite of building a graph first. *In*
# [TensorFlow](02_frameworks/01_tensorflow.ipynb).

# %% [markdown]
# ### Epoch
#
# One walk through all training pictures, batch by batch. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Export
#
# To write a trained network so that something else can run it, without the framework that trained
# it. *In* [Export and ONNX](05_deployment/01_export_and_onnx.ipynb).

# %% [markdown]
# ### Flatten
#
# To lay the numbers of a picture in one row, before a dense layer. In which order is a matter of
# layout. *In* [TensorFlow](02_frameworks/01_tensorflow.ipynb).

# %% [markdown]
# ### float32
#
# A number of 32 bits, about seven decimal digits. float64 has 64 bits and about sixteen digits.
# *In* [The network by hand](01_history/02_by_hand.ipynb).

# %% [markdown]
# ### Forward
#
# From pictures to answers. *In* [The network by hand](01_history/02_by_hand.ipynb).

# %% [markdown]
# ### Fusion
#
# Several operations become one loop, so that what lies between them never goes to memory. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# ### Gradient
#
# The slopes of the loss for all weights together: where, and how steeply, it rises. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Graph
#
# Of a computation: operations as nodes, and the arrays between them as edges. It can be recorded
# while the program runs, or built before. *In* [Graphs](03_comparison/03_graphs.ipynb).

# %% [markdown]
# ### Hybrid
#
# Written like a dynamic program, run as a graph: `tf.function`, `torch.compile`, `hybridize`. *In*
# [Graphs](03_comparison/03_graphs.ipynb).

# %% [markdown]
# ### Inference
#
# To ask a trained network. Nothing is learned. *In* [Serving](05_deployment/02_serving.ipynb).

# %% [markdown]
# ### JIT
#
# Just in time: compiled at the first call, when shapes and types are known. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# ### Kernel of a convolution
#
# The small window of weights. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Kernel of a notebook
#
# The process that runs its cells, and the environment in which it does. This course has `python3`,
# `museum`, `caffe` and `deployment`. *In* [Start here](00_start_here.ipynb).

# %% [markdown]
# ### Kernel of a processor
#
# A routine for one operation, written for one kind of device. *In*
# [Hardware](03_comparison/06_hardware.ipynb).

# %% [markdown]
# ### Label
#
# The right answer of a picture. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Layer
#
# A step of the network with weights of its own: a convolution, a dense layer. Many count poolings
# and relus, too. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Layout
#
# The order of the axes in memory: NCHW (channels first) or NHWC (channels last). *In*
# [TensorFlow](02_frameworks/01_tensorflow.ipynb).

# %% [markdown]
# ### Learning rate
#
# How far a step goes for a slope of 1. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Logit
#
# A score from which softmax makes a probability. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Loss
#
# One number for how wrong the network is on a batch. Training makes it small. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Mixed precision
#
# Most arithmetic in 16 bits, sums and weights in 32. *In*
# [Hardware](03_comparison/06_hardware.ipynb).

# %% [markdown]
# ### MNIST
#
# 70,000 handwritten digits of 28 x 28 pixels, collected by LeCun, Cortes and Burges. The course
# brings 5,000 of them. *In* [Start here](00_start_here.ipynb).

# %% [markdown]
# ### Model parallel
#
# The network itself is cut: within a layer (tensor parallel) or between layers (pipeline). *In*
# [Cutting the network](04_distributed/04_distributed_model.ipynb).

# %% [markdown]
# ### Momentum
#
# A part of the last step's speed is kept. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### ONNX
#
# A file format for networks, and a list of operations with their meaning. Many frameworks write it,
# and several runtimes read it. *In* [Export and ONNX](05_deployment/01_export_and_onnx.ipynb).

# %% [markdown]
# ### Optimizer
#
# The rule by which slopes become steps. Also: a part of a compiler that improves a graph. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Overfitting
#
# Right on what it learned from, and not on the rest. *In*
# [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Padding
#
# Rows and columns of zeros around a picture, so that a convolution keeps its size. The course's
# network has none ("valid"). *In* [Interfaces](03_comparison/04_interfaces.ipynb).

# %% [markdown]
# ### Parameter
#
# A number that is learned: a weight or a bias. The course's network has 56,714. *In*
# [Start here](00_start_here.ipynb).

# %% [markdown]
# ### Parity ladder
#
# Seven rungs that a network climbs if it is the same as the reference: from its weights to its
# file. *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### Pipeline parallel
#
# Each worker has some layers; a batch is cut in pieces that follow one another through the workers.
# *In* [Cutting the network](04_distributed/04_distributed_model.ipynb).

# %% [markdown]
# ### Pooling
#
# The largest of each 2 x 2 numbers stays. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Pruning
#
# To set weights to zero, and leave out what is zero. *In*
# [Smaller](05_deployment/05_smaller.ipynb).

# %% [markdown]
# ### Quantisation
#
# To compute with small whole numbers, eight bits for example, in place of float32. *In*
# [Edge and mobile](05_deployment/04_edge_and_mobile.ipynb).

# %% [markdown]
# ### Reference
#
# The judge of this course: the network in plain NumPy and float64, slow and easy to check. *In*
# [The network by hand](01_history/02_by_hand.ipynb).

# %% [markdown]
# ### Relu
#
# What is below zero becomes zero. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Runtime
#
# A program that runs an exported network, without what trained it. *In*
# [Export and ONNX](05_deployment/01_export_and_onnx.ipynb).

# %% [markdown]
# ### Seed
#
# The number from which a random generator starts. With the same seed it gives the same numbers.
# *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### SGD
#
# Stochastic gradient descent: a step downhill by the slope of one batch. *In*
# [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Softmax
#
# Makes of any scores positive numbers with the sum 1: e to the power of each, divided by their sum.
# *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Starting weights
#
# Where training begins: small random numbers. Here each framework gets the same ones. *In*
# [Start here](00_start_here.ipynb).

# %% [markdown]
# ### Static graph
#
# A graph that is built before any number flows, and then run. Also called define-and-run. *In*
# [Graphs](03_comparison/03_graphs.ipynb).

# %% [markdown]
# ### Stride
#
# By how many pixels a window moves. The course's convolutions move by 1, its poolings by 2. *In*
# [Interfaces](03_comparison/04_interfaces.ipynb).

# %% [markdown]
# ### Tape
#
# What a framework writes down while it goes forward, to find its way back. *In*
# [TensorFlow](02_frameworks/01_tensorflow.ipynb).

# %% [markdown]
# ### Tensor
#
# An array of numbers of one type, with any number of axes. *In*
# [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Test set
#
# Pictures that the network never sees while it learns; it is judged by them. *In*
# [The museum of bugs](03_comparison/02_museum_of_bugs.ipynb).

# %% [markdown]
# ### Tracing
#
# To run a function once with stand-ins for its arguments, and write down each operation. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# ### Weight
#
# A number that is learned and multiplied. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### XLA
#
# A compiler for computation graphs. JAX runs on it, TensorFlow can. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# **Previous:** [Your first network](00_your_first_network.ipynb) · **Next:**
# [Three eras](01_history/01_three_eras.ipynb) · [all chapters](00_start_here.ipynb)
