// What a user sees: public headers and one function that lives in the library.
#include <wirejit/error.h>
#include <wirejit/version.h>

#include <cstdio>

int main() {
  const wirejit::Error error(wirejit::Errc::truncated, "the input ends", 7);
  if (error.code() != wirejit::Errc::truncated || wirejit::to_string(error.code()) != "truncated") {
    return 1;
  }
  std::printf("wirejit %.*s\n", static_cast<int>(wirejit::version_string.size()),
              wirejit::version_string.data());
  return 0;
}
