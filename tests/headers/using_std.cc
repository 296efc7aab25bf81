// That a program may say `using namespace wirejit;` beside `using namespace std;`: all public
// headers, and the names that a program writes most. Nothing runs this; it compiles without a
// warning.
#include "all_headers.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <deque>
#include <exception>
#include <expected>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

using namespace std;      // NOLINT(google-build-using-namespace): what is tested
using namespace wirejit;  // NOLINT(google-build-using-namespace)

namespace using_both {

enum class Color { red, green };
struct Line {
  string sku;
  optional<int32_t> count;
  vector<byte> picture;
};
struct Order {
  int64_t id = 0;
  vector<Line> lines;
  map<string, Line> by_name;
  unordered_map<string, int32_t, SeededHash> counts;
  set<string> tags;
  unique_ptr<Line> first;
  Color color = Color::red;
  UnknownFields unknown;
};
struct First {
  optional<string> text;
  optional<int32_t> number;
};
using Choice = variant<monostate, string, int32_t>;

WIREJIT_ENUM(Color, red, (verdant, Color::green))
WIREJIT_STRUCT(Line, (1, sku, member::required, member::json_name("SKU")),
               (2, count, member::optional, member::fixed), (3, picture))
WIREJIT_STRUCT(Order, (1, id, member::zigzag), (2, lines), (3, by_name), (4, counts), (5, tags),
               (6, first), (7, color), (0, unknown))
WIREJIT_STRUCT(First, (1, text, member::oneof("first"), member::binary),
               (2, number, member::oneof("first")))
WIREJIT_VARIANT(Choice, (1, text, member::unchecked), (2, number))

[[nodiscard]] string use();
string use() {
  string text = to_string(42) + string(to_string(Kind::map)) + to_string(1.5);
  if (const Result<void> ok = validate<Order>(); !ok) {
    text += ok.error().to_string();
  }
  if (const Result<Schema> schema = schema_of<Order>(); !schema) {
    const Error& error = schema.error();
    text += error.code() == Errc::no_memory ? "memory" : "schema";
  }
  const expected<int, Error> failed = unexpected(Error(Errc::truncated));
  text += to_string(failed.has_value());
  stringstream stream;
  stream << fixed << setprecision(2) << hex << left << 1.0;
  Buffer buffer;
  Arena arena;
  const Engine engine;
  text += to_string(buffer.size());
  const function<bool(int)> odd = [](int i) { return i % 2 != 0; };
  const optional<int> none = nullopt;
  const ios_base::openmode mode = ios::binary;
  return text + stream.str() + (odd(3) && !none && mode == ios::binary ? "yes" : "no");
}

}  // namespace using_both
