// Calls that allocate through the standard library, at the edge of the API. Entry:
// without_throwing. Invariant: a failed allocation is returned as Errc::no_memory, not thrown.
#pragma once

#include <wirejit/error.h>

#include <new>
#include <utility>

namespace wirejit::core {

// Returns the Result of `call`.
template <class F>
auto without_throwing(F&& call) -> decltype(call()) {
  try {
    return std::forward<F>(call)();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace wirejit::core
