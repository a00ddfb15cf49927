// JAX's door to first_winner.h, through XLA's foreign function interface.
#include <algorithm>

#include "first_winner.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

template <ffi::DataType D>
ffi::Error forward(ffi::Buffer<D> x, ffi::ResultBuffer<D> y) {
  auto size = x.dimensions();
  first_winner::pool(x.typed_data(), y->typed_data(), size[0] * size[1], size[2], size[3]);
  return ffi::Error::Success();
}

template <ffi::DataType D>
ffi::Error backward(ffi::Buffer<D> upstream, ffi::Buffer<D> x, ffi::ResultBuffer<D> dx) {
  auto size = x.dimensions();
  std::fill_n(dx->typed_data(), dx->element_count(), 0);
  first_winner::pool_grad(upstream.typed_data(), x.typed_data(), dx->typed_data(),
                          size[0] * size[1], size[2], size[3]);
  return ffi::Error::Success();
}

#define DOORS(NAME, TYPE)                                                                        \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(pool_##NAME, forward<TYPE>,                                      \
      ffi::Ffi::Bind().Arg<ffi::Buffer<TYPE>>().Ret<ffi::Buffer<TYPE>>());                       \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(pool_grad_##NAME, backward<TYPE>,                                \
      ffi::Ffi::Bind().Arg<ffi::Buffer<TYPE>>().Arg<ffi::Buffer<TYPE>>().Ret<ffi::Buffer<TYPE>>());

DOORS(float32, ffi::F32)
DOORS(float64, ffi::F64)
