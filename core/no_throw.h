// Calls that allocate through the standard library, at the edge of the API.
// Entry: without_throwing. Invariant: a refused allocation leaves the call as Errc::no_memory, not
// as an exception.
#pragma once

#include <wirejit/error.h>

#include <new>
#include <utility>

namespace wirejit::core {

// What `call` returns, a Result.
template <class F>
auto without_throwing(F&& call) -> decltype(call()) {
  try {
    return std::forward<F>(call)();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace wirejit::core
