// Max pooling over windows of 2 x 2: the first of the largest wins, in row order.
// Arrays lie as C lays them: planes, rows, columns. An odd last row or column is left out.
#pragma once

namespace first_winner {

template <class T>
long winner(const T* window, long width) {  // where it stands, counted from the window's corner
  long best = 0;
  for (long at : {1L, width, width + 1})
    if (window[at] > window[best]) best = at;
  return best;
}

template <class T>
void pool(const T* x, T* y, long planes, long height, long width) {
  for (long plane = 0; plane < planes; plane++, x += height * width)
    for (long row = 0; row + 1 < height; row += 2)
      for (long column = 0; column + 1 < width; column += 2) {
        const T* window = x + row * width + column;
        *y++ = window[winner(window, width)];
      }
}

template <class T>  // dx holds zeros
void pool_grad(const T* upstream, const T* x, T* dx, long planes, long height, long width) {
  for (long plane = 0; plane < planes; plane++, x += height * width, dx += height * width)
    for (long row = 0; row + 1 < height; row += 2)
      for (long column = 0; column + 1 < width; column += 2) {
        long corner = row * width + column;
        dx[corner + winner(x + corner, width)] = *upstream++;
      }
}

}  // namespace first_winner
