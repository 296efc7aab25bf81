// The text of an exception that a type of the application threw. The functions of a layout catch it
// and return null or false; the text is kept here, per thread, until the call that failed makes an
// Error of it. Entry: detail::note_failure, detail::failure. Invariant: nothing is written unless
// something was thrown; only failure() allocates.
#include <wirejit/reflect.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace wirejit::detail {
namespace {

struct Failure {
  bool noted = false;
  std::size_t size = 0;
  char text[240] = {};

  void note(std::string_view what) noexcept {
    noted = true;
    size = std::min(what.size(), sizeof text);
    std::memcpy(text, what.data(), size);
  }
};

Failure& this_thread() noexcept {
  static thread_local Failure failure;
  return failure;
}

}  // namespace

void note_failure() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    this_thread().noted = false;  // drops a text that no call has reported
  } catch (const std::exception& e) {
    this_thread().note(e.what());
  } catch (...) {
    this_thread().note("an object that is no std::exception");
  }
}

Errc failure_code() noexcept {
  return std::exchange(this_thread().noted, false) ? Errc::exception : Errc::no_memory;
}

std::string_view failure_text() noexcept {
  const Failure& f = this_thread();
  return {f.text, f.size};
}

Error failure() {
  const Errc code = failure_code();
  return code == Errc::exception ? Error(code, std::string(failure_text())) : Error(code);
}

}  // namespace wirejit::detail
