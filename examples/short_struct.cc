#include <wirejit/read_write.h>  // A struct as JSON, and back.
struct Point { int x = 0; std::string name; };
WIREJIT_STRUCT(Point, (1, x), (2, name))
int main() {
  const auto text = wirejit::json::write(Point{3, "three"}).value();  // {"x":3,"name":"three"}
  const auto back = wirejit::json::read<Point>(text);
  return back && back->x == 3 && back->name == "three" ? 0 : 1;
}
