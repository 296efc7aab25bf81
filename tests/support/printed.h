// The text that operator<< writes for a value. Entry: printed.
#pragma once

#include <sstream>
#include <string>

namespace wirejit::test {

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace wirejit::test
