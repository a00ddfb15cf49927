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
# **Before you start:** kernel `python3`, about 15 minutes.
# It is a page to look things up in. A list of all terms stands at the top.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# - **A** [Accuracy](#Accuracy) · [All-reduce](#All-reduce) · [Artefact](#Artefact) ·
#   [Autograd](#Autograd) · [Automatic differentiation](#Automatic-differentiation)
# - **B** [Backend](#Backend) · [Backward](#Backward) · [Batch](#Batch) ·
#   [Batch normalisation](#Batch-normalisation) · [bfloat16](#bfloat16) · [Bias](#Bias) ·
#   [BLAS](#BLAS)
# - **C** [Calibration](#Calibration) · [Chain rule](#Chain-rule) · [Channel](#Channel) ·
#   [Checkpoint](#Checkpoint) · [CNN](#CNN) · [Contract](#Contract) · [Convolution](#Convolution) ·
#   [Cross-entropy](#Cross-entropy)
# - **D** [Data parallel](#Data-parallel) · [Dense layer](#Dense-layer) · [Device](#Device) ·
#   [Distillation](#Distillation) · [Dropout](#Dropout) · [Dtype](#Dtype) ·
#   [Dynamic graph](#Dynamic-graph)
# - **E** [Eager execution](#Eager-execution) · [Epoch](#Epoch) · [Export](#Export)
# - **F** [Flatten](#Flatten) · [float32](#float32) · [Forward](#Forward) · [Fusion](#Fusion)
# - **G** [Gradient](#Gradient) · [Graph](#Graph)
# - **H** [Hybrid](#Hybrid)
# - **I** [im2col](#im2col) · [Inference](#Inference)
# - **J** [JIT](#JIT)
# - **K** [Kernel of a convolution](#Kernel-of-a-convolution) ·
#   [Kernel of a notebook](#Kernel-of-a-notebook) ·
#   [Kernel of a processor](#Kernel-of-a-processor)
# - **L** [Label](#Label) · [Latency](#Latency) · [Layer](#Layer) · [Layout](#Layout) ·
#   [Learning rate](#Learning-rate) · [Logit](#Logit) · [Loss](#Loss)
# - **M** [Mixed precision](#Mixed-precision) · [MNIST](#MNIST) ·
#   [Model parallel](#Model-parallel) · [Momentum](#Momentum)
# - **O** [One-hot](#One-hot) · [ONNX](#ONNX) · [Optimizer](#Optimizer) ·
#   [Overfitting](#Overfitting)
# - **P** [Padding](#Padding) · [Parameter](#Parameter) · [Parity ladder](#Parity-ladder) ·
#   [Pickle](#Pickle) · [Pipeline parallel](#Pipeline-parallel) · [Pooling](#Pooling) ·
#   [Pruning](#Pruning) · [Pure function](#Pure-function)
# - **Q** [Quantisation](#Quantisation)
# - **R** [Reference](#Reference) · [Relu](#Relu) · [Runtime](#Runtime)
# - **S** [Schedule](#Schedule) · [Seed](#Seed) · [SGD](#SGD) ·
#   [Skip connection](#Skip-connection) · [Softmax](#Softmax) ·
#   [Starting weights](#Starting-weights) · [Static graph](#Static-graph) · [Stride](#Stride)
# - **T** [Tape](#Tape) · [Tensor](#Tensor) · [Test set](#Test-set) · [Throughput](#Throughput) ·
#   [Tolerance](#Tolerance) · [Tracing](#Tracing)
# - **V** [vmap](#vmap)
# - **W** [Weight](#Weight) · [Weight decay](#Weight-decay)
# - **X** [XLA](#XLA)

# %% [markdown]
# ### Accuracy
#
# The share of right answers among pictures that were not trained on. Two networks can have the same
# accuracy and differ in every weight. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### All-reduce
#
# Each worker gives an array, and each gets the sum, or the mean, of all. Training in parallel
# averages its gradients so. *In* [Data parallel](04_distributed/01_distributed_data.ipynb).

# %% [markdown]
# ### Artefact
#
# What training leaves behind to be used later: a file with the weights, or with weights and
# program. In this course the last rung of the parity ladder asks whether another process can use
# it. *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### Autograd
#
# PyTorch's automatic differentiation, and by now many people's word for any. It records each
# operation as it runs, and then walks back. *In* [PyTorch](02_frameworks/02_pytorch.ipynb).

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
# ### Batch normalisation
#
# A layer that shifts and scales each channel to mean 0 and spread 1 over the batch. It behaves
# differently in training and in use. The course's network has none. *In*
# [Data parallel](04_distributed/01_distributed_data.ipynb).

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
# ### BLAS
#
# The common names for the basic operations of linear algebra, such as the product of two matrices,
# and the libraries that compute them fast. *In* [The network by hand](01_history/02_by_hand.ipynb).

# %% [markdown]
# ### Calibration
#
# To show a trained network some pictures, so that the range of its numbers is known before they are
# made small whole ones. *In* [Edge and mobile](05_deployment/04_edge_and_mobile.ipynb).

# %% [markdown]
# ### Chain rule
#
# The slope of one thing after another is the product of their slopes. With it a gradient is found
# layer by layer, from the last to the first. *In*
# [The network by hand](01_history/02_by_hand.ipynb).

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
# ### Device
#
# Where numbers lie and are computed: the processor (CPU), a graphics card (GPU), or another
# accelerator. An array belongs to one of them. *In* [Hardware](03_comparison/06_hardware.ipynb).

# %% [markdown]
# ### Distillation
#
# A small network learns from the answers of a large one, rather than from the labels alone. *In*
# [Smaller](05_deployment/05_smaller.ipynb).

# %% [markdown]
# ### Dropout
#
# In training, some numbers at random become zero, so that the network relies on none of them. In
# use nothing is dropped. The course's network has none. *In*
# [Interfaces](03_comparison/04_interfaces.ipynb).

# %% [markdown]
# ### Dtype
#
# The kind of number in an array: float32, float64, int64. It decides how many digits are kept, and
# how much memory they take. *In* [PyTorch](02_frameworks/02_pytorch.ipynb).

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
# One walk through all training pictures, batch by batch: 62 steps in the course's recipe, which
# leaves out the 32 that do not fill a batch; 63 in Your first network, which takes them. *In* [Your
# first network](00_your_first_network.ipynb).

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
# From pictures to answers, layer by layer. What is computed on the way is kept for the way back.
# *In* [The network by hand](01_history/02_by_hand.ipynb).

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
# ### im2col
#
# Each window of a picture becomes a column of a matrix ("image to columns"). The convolution is
# then one product of two matrices, which takes more memory and less time. *In* [The network by
# hand](01_history/02_by_hand.ipynb).

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
# The small window of weights that slides over a picture. Each finds one thing; the course's network
# has 16 of them, then 32. *In* [Your first network](00_your_first_network.ipynb).

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
# The right answer of a picture, given by a person. Training compares the network's answers with it.
# *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Latency
#
# The time from a question to its answer. A server that waits to fill a batch trades it for
# throughput. *In* [Serving](05_deployment/02_serving.ipynb).

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
# How far a step goes for a slope of 1. Too small, and training crawls; too large, and it jumps over
# the valley. *In* [Your first network](00_your_first_network.ipynb).

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
# brings 5,000 of them. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Model parallel
#
# The network itself is cut: within a layer (tensor parallel) or between layers (pipeline). *In*
# [Cutting the network](04_distributed/04_distributed_model.ipynb).

# %% [markdown]
# ### Momentum
#
# A part of the last step's speed is kept, as by a ball that rolls downhill. Small bumps do not stop
# it, and in a long valley it gets faster. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### One-hot
#
# A label written as ten numbers: 1 at the right answer's place, and 0 at the others. *In*
# [The network by hand](01_history/02_by_hand.ipynb).

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
# [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Parity ladder
#
# Seven rungs that a network climbs if it is the same as the reference: from its weights to its
# file. *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### Pickle
#
# Python's own file format for its objects. To read such a file can run any program that its writer
# put in, so read none from strangers. *In* [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Pipeline parallel
#
# Each worker has some layers; a batch is cut in pieces that follow one another through the workers.
# *In* [Cutting the network](04_distributed/04_distributed_model.ipynb).

# %% [markdown]
# ### Pooling
#
# The largest of each 2 x 2 numbers stays: where exactly something was found matters less, and there
# is less to compute. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Pruning
#
# To set weights to zero, and leave out what is zero. A file gets smaller; a program gets faster if
# it knows how to skip them. *In* [Smaller](05_deployment/05_smaller.ipynb).

# %% [markdown]
# ### Pure function
#
# A function whose result depends on its arguments alone, and that changes nothing else. JAX asks
# for such functions. *In* [JAX](02_frameworks/06_jax.ipynb).

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
# What is below zero becomes zero, and the rest stays. Without something of the kind, two layers in
# a row would be no more than one. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Runtime
#
# A program that runs an exported network, without what trained it. *In*
# [Export and ONNX](05_deployment/01_export_and_onnx.ipynb).

# %% [markdown]
# ### Schedule
#
# A rule by which the learning rate changes during training. The course's recipe keeps it constant.
# *In* [The museum of bugs](03_comparison/02_museum_of_bugs.ipynb).

# %% [markdown]
# ### Seed
#
# The number from which a random generator starts. With the same seed it gives the same numbers.
# *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### SGD
#
# Stochastic gradient descent: a step downhill by the slope of one batch, drawn at random, not of
# all pictures. Most optimizers are variations of it. *In*
# [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Skip connection
#
# A second way around some layers: what went in is added to what comes out. *In*
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
# What a framework writes down while it goes forward, to find its way back. It is thrown away
# afterwards. *In* [TensorFlow](02_frameworks/01_tensorflow.ipynb).

# %% [markdown]
# ### Tensor
#
# An array of numbers of one type, with any number of axes. *In*
# [PyTorch](02_frameworks/02_pytorch.ipynb).

# %% [markdown]
# ### Test set
#
# Pictures that the network never sees while it learns; it is judged by them. *In* [Your first
# network](00_your_first_network.ipynb).

# %% [markdown]
# ### Throughput
#
# How many answers a server, or pictures a training, manages in a second. *In*
# [Five servers](05_deployment/03_servers_compared.ipynb).

# %% [markdown]
# ### Tolerance
#
# How far two results may differ and still count as the same. On the ladder each is a multiple of
# what rounding was measured to do. *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### Tracing
#
# To run a function once with stand-ins for its arguments, and write down each operation. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# ### vmap
#
# Makes of a function for one picture one for a batch, without a loop. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# ### Weight
#
# A number that is learned, and by which something is multiplied. Training does nothing but change
# weights and biases. *In* [Your first network](00_your_first_network.ipynb).

# %% [markdown]
# ### Weight decay
#
# Each step also shortens every weight a little. It is tried against overfitting. The course's
# recipe has none. *In* [The parity ladder](03_comparison/01_parity_ladder.ipynb).

# %% [markdown]
# ### XLA
#
# A compiler for computation graphs. JAX runs on it, TensorFlow can. *In*
# [JAX](02_frameworks/06_jax.ipynb).

# %% [markdown]
# **In the order of the folders:** previous [Your first network](00_your_first_network.ipynb) · next
# [Three eras](01_history/01_three_eras.ipynb) · [all chapters](00_start_here.ipynb)
