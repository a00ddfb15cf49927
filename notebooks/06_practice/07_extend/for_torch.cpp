// PyTorch's door to first_winner.h, through its stable C++ interface.
#include <torch/csrc/stable/library.h>
#include <torch/csrc/stable/ops.h>
#include <torch/csrc/stable/tensor.h>

#include "first_winner.h"

using torch::stable::Tensor;

template <class T>
void forward(const Tensor& x, Tensor& y) {
  first_winner::pool<T>(x.const_data_ptr<T>(), y.mutable_data_ptr<T>(), x.size(0) * x.size(1),
                        x.size(2), x.size(3));
}

template <class T>
void backward(const Tensor& upstream, const Tensor& x, Tensor& dx) {
  first_winner::pool_grad<T>(upstream.const_data_ptr<T>(), x.const_data_ptr<T>(),
                             dx.mutable_data_ptr<T>(), x.size(0) * x.size(1), x.size(2), x.size(3));
}

bool is_float(const Tensor& x) {
  return x.scalar_type() == torch::headeronly::ScalarType::Float;
}

Tensor pool(Tensor x) {
  x = contiguous(x);  // in rows, however it lay
  Tensor y = new_empty(x, {x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2});
  is_float(x) ? forward<float>(x, y) : forward<double>(x, y);
  return y;
}

Tensor pool_grad(Tensor upstream, Tensor x) {
  upstream = contiguous(upstream), x = contiguous(x);
  Tensor dx = new_zeros(x, {x.size(0), x.size(1), x.size(2), x.size(3)});
  is_float(x) ? backward<float>(upstream, x, dx) : backward<double>(upstream, x, dx);
  return dx;
}

STABLE_TORCH_LIBRARY(onecnn, m) {
  m.def("pool(Tensor x) -> Tensor");
  m.def("pool_grad(Tensor upstream, Tensor x) -> Tensor");
}

STABLE_TORCH_LIBRARY_IMPL(onecnn, CPU, m) {
  m.impl("pool", TORCH_BOX(&pool));
  m.impl("pool_grad", TORCH_BOX(&pool_grad));
}
