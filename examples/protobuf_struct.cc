// C++ structs as Protobuf messages: field numbers, wire types and a oneof.
#include <wirejit/codec.h>
#include <wirejit/pb.h>
#include <wirejit/reflect.h>

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
};
struct Shape {
  std::string name;
  std::vector<Point> corners;
  std::vector<std::int64_t> deltas;
  std::uint64_t id = 0;
  std::map<std::string, std::string> tags;
  std::optional<std::int32_t> layer;  // with presence: zero is written, too
  std::optional<std::string> color;   // these two: at most one is set
  std::optional<Point> gradient;
};
WIREJIT_STRUCT(Point, (1, x, wirejit::member::zigzag), (2, y, wirejit::member::zigzag))  // sint32
WIREJIT_STRUCT(Shape, (1, name), (2, corners), (3, deltas, wirejit::member::zigzag),
               (4, id, wirejit::member::fixed),  // fixed64
               (5, tags), (6, layer), (7, color, wirejit::member::oneof("fill")),
               (8, gradient, wirejit::member::oneof("fill")))

int main() {
  const wirejit::Engine engine;
  const auto codec = engine.codec<Shape>(wirejit::pb::wire({.deterministic = true}));
  const auto json = engine.encoder<Shape>(wirejit::pb::json);
  if (!codec || !json) return 1;

  Shape shape;
  shape.name = "roof";
  shape.corners = {{0, 0}, {4, -3}};
  shape.deltas = {1, -1, 300};
  shape.tags = {{"by", "Ada"}};
  shape.gradient = Point{1, 2};
  wirejit::Buffer bytes;
  if (!codec->encode(shape, bytes)) return 1;

  Shape back;
  if (const auto read = codec->decode(bytes, back); !read) {
    std::fprintf(stderr, "%s\n", read.error().to_string().c_str());
    return 1;
  }
  wirejit::Buffer text;
  if (!json->encode(back, text)) return 1;
  std::printf("%zu bytes: %s\n", bytes.size(), std::string(text.text()).c_str());
  return back.corners.size() == 2 && back.gradient && !back.color && !back.layer ? 0 : 1;
}
