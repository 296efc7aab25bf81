// Types of tests/cases/small.thrift as registered C++ structs.
#pragma once

#include <wirejit/reflect.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

struct GoldenPoint {
  std::int32_t x = 0;
  double y = 0;
};
WIREJIT_STRUCT(GoldenPoint, (1, x), (2, y))
struct GoldenLine {
  std::string name;
  std::vector<GoldenPoint> points;
  std::vector<std::int32_t> widths;
  std::optional<std::int64_t> id;
};
WIREJIT_STRUCT(GoldenLine, (1, name), (2, points), (3, widths), (4, id))

}  // namespace wirejit::test
