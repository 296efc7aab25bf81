// Three functions of asmjit, defined again for the shared library, and linked into nothing else.
// Entry: none of ours; asmjit calls them. Why: some packages' libasmjit.a, Debian 12's among them,
// holds one object that is not position-independent, the one with these functions. Since the linker
// finds them here, it leaves that object out. Invariant: signatures as in asmjit/core/globals.h;
// nothing else of that object may be missed.
#include <asmjit/core/globals.h>

#include <cstdio>
#include <cstdlib>

ASMJIT_BEGIN_NAMESPACE

namespace DebugUtils {

// The library reports asmjit's failures as errors of its own: the text of a code is never shown.
const char* errorAsString(Error error) noexcept {
  return error == kErrorOk ? "ok" : "asmjit error";
}

void debugOutput(const char* text) noexcept { std::fputs(text, stderr); }

// That it does not return, asmjit's declaration says; clang refuses a [[noreturn]] after it.
void assertionFailed(const char* file, int line, const char* message) noexcept {
  std::fprintf(stderr, "asmjit: assertion failed at %s:%d: %s\n", file, line, message);
  std::abort();
}

}  // namespace DebugUtils

ASMJIT_END_NAMESPACE
