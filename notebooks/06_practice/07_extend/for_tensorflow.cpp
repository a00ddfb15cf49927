// TensorFlow's door to first_winner.h: two operations, each for two kinds of numbers.
#include "first_winner.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

using namespace tensorflow;
using shape_inference::DimensionHandle;
using shape_inference::InferenceContext;
using shape_inference::ShapeHandle;

REGISTER_OP("OnecnnPool")
    .Attr("T: {float, double}").Input("x: T").Output("y: T")
    .SetShapeFn([](InferenceContext* c) {
      ShapeHandle x;
      DimensionHandle height, width;
      TF_RETURN_IF_ERROR(c->WithRank(c->input(0), 4, &x));
      TF_RETURN_IF_ERROR(c->Divide(c->Dim(x, 2), 2, false, &height));
      TF_RETURN_IF_ERROR(c->Divide(c->Dim(x, 3), 2, false, &width));
      c->set_output(0, c->MakeShape({c->Dim(x, 0), c->Dim(x, 1), height, width}));
      return OkStatus();
    });

REGISTER_OP("OnecnnPoolGrad")
    .Attr("T: {float, double}").Input("upstream: T").Input("x: T").Output("dx: T")
    .SetShapeFn([](InferenceContext* c) {
      c->set_output(0, c->input(1));
      return OkStatus();
    });

template <class T>
struct Pool : OpKernel {
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* c) override {
    const Tensor& x = c->input(0);
    int64_t n = x.dim_size(0), channels = x.dim_size(1);
    int64_t height = x.dim_size(2), width = x.dim_size(3);
    Tensor* y = nullptr;
    OP_REQUIRES_OK(c, c->allocate_output(0, TensorShape({n, channels, height / 2, width / 2}), &y));
    first_winner::pool(x.flat<T>().data(), y->flat<T>().data(), n * channels, height, width);
  }
};

template <class T>
struct PoolGrad : OpKernel {
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* c) override {
    const Tensor& x = c->input(1);
    Tensor* dx = nullptr;
    OP_REQUIRES_OK(c, c->allocate_output(0, x.shape(), &dx));
    dx->flat<T>().setZero();
    first_winner::pool_grad(c->input(0).flat<T>().data(), x.flat<T>().data(), dx->flat<T>().data(),
                            x.dim_size(0) * x.dim_size(1), x.dim_size(2), x.dim_size(3));
  }
};

#define DOOR(NAME, CLASS, TYPE) \
  REGISTER_KERNEL_BUILDER(Name(NAME).Device(DEVICE_CPU).TypeConstraint<TYPE>("T"), CLASS<TYPE>);

DOOR("OnecnnPool", Pool, float)
DOOR("OnecnnPool", Pool, double)
DOOR("OnecnnPoolGrad", PoolGrad, float)
DOOR("OnecnnPoolGrad", PoolGrad, double)
