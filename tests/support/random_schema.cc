// Structs are numbered; fields that are not optional refer to later structs only, so that no struct
// must contain itself.
#include "tests/support/random_schema.h"

#include "tests/support/random_source.h"

#include <cstdio>
#include <set>
#include <string>
#include <vector>

namespace wirejit::test {

namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, const SchemaShape& shape) : r_(seed), shape_(shape) {}

  Schema run() {
    b_.add_document("random");
    EnumType& e = b_.add_enum("Color");
    e.values = {{"red", 0, {}, {}, {}}, {"green", 7, {}, {}, {}}, {"blue", -3, {}, {}, {}}};
    enum_ = &e;
    for (int i = 0; i < shape_.structs; ++i) {
      const bool is_union = i != 0 && shape_.unions && r_.chance(20);
      structs_.push_back(&b_.add_struct("S" + std::to_string(i),
                                        is_union ? StructFlavor::union_ : StructFlavor::structure));
    }
    for (std::size_t i = 0; i < structs_.size(); ++i) {
      fill(i);
    }
    Result<Schema> schema = b_.build();
    if (!schema) {
      std::fprintf(stderr, "random schema: %s\n", schema.error().to_string().c_str());
      std::abort();
    }
    return *schema;
  }

 private:
  std::int32_t id(std::set<std::int32_t>& used, std::size_t mode) {
    for (;;) {
      std::int32_t next = 0;
      if (mode == 0) {
        next = used.empty() ? 1 : *used.rbegin() + 1;
      } else if (mode == 1) {
        next = static_cast<std::int32_t>(r_.between(-32768, 32767));
      } else {
        next = (used.empty() ? 0 : *used.rbegin()) + static_cast<std::int32_t>(r_.between(1, 5));
      }
      if (used.insert(next).second) {
        return next;
      }
    }
  }

  void fill(std::size_t at) {
    StructType& s = *structs_[at];
    const bool is_union = s.flavor == StructFlavor::union_;
    std::size_t n = r_.below(static_cast<std::size_t>(shape_.fields) + 1);
    if (at == 0 || is_union) {
      ++n;
    }
    std::set<std::int32_t> used;
    const std::size_t mode = shape_.protobuf ? 2 : r_.below(3);
    for (std::size_t i = 0; i < n; ++i) {
      Field& f = s.fields.emplace_back();
      f.id = id(used, mode);
      f.name = "f" + std::to_string(i);
      if (is_union) {
        f.type = i == 0 ? scalar() : shape_.protobuf ? plain(0) : type(0, 0);
        continue;
      }
      if (r_.chance(30)) {
        f.requiredness = Requiredness::optional;
        f.type = type(0, 0);
      } else {
        f.type = type(0, at + 1);
        f.requiredness =
            shape_.required && r_.chance(15) ? Requiredness::required : Requiredness::standard;
      }
      if (shape_.defaults && r_.chance(25) && !(shape_.protobuf && f.type->kind >= Kind::list)) {
        f.default_value = constant(*f.type);
      }
    }
    if (r_.chance(30)) {  // the order of declaration is not that of ids
      for (std::size_t i = s.fields.size(); i > 1; --i) {
        std::swap(s.fields[i - 1], s.fields[r_.below(i)]);
      }
    }
  }

  const Type* scalar() {
    static constexpr Kind kinds[] = {Kind::boolean, Kind::i8,         Kind::i16,    Kind::i32,
                                     Kind::i64,     Kind::float64,    Kind::string, Kind::binary,
                                     Kind::uuid,    Kind::enumeration};
    Kind k = r_.pick(kinds);
    while (shape_.protobuf && k == Kind::uuid) {
      k = r_.pick(kinds);
    }
    return k == Kind::enumeration ? b_.of(*enum_) : b_.base(k);
  }

  // A type that is no container.
  const Type* plain(std::size_t first) {
    return r_.chance(70) || first >= structs_.size()
               ? scalar()
               : b_.of(*structs_[first + r_.below(structs_.size() - first)]);
  }

  // A struct from number `first` on; any struct within containers.
  const Type* type(int depth, std::size_t first) {
    if (shape_.protobuf) {
      switch (r_.below(10)) {
        case 0: return b_.list_of(plain(0));
        case 1: return b_.set_of(plain(0));
        case 2: return b_.map_of(scalar(), plain(0));
        default: return plain(first);
      }
    }
    const std::size_t what = r_.below(10);
    if (what < 5 || depth >= shape_.nesting) {
      return scalar();
    }
    switch (what) {
      case 5:
      case 6:
        return first < structs_.size() ? b_.of(*structs_[first + r_.below(structs_.size() - first)])
                                       : scalar();
      case 7: return b_.list_of(type(depth + 1, 0));
      case 8: return b_.set_of(type(depth + 1, 0));
      default: return b_.map_of(r_.chance(80) ? scalar() : type(depth + 1, 0), type(depth + 1, 0));
    }
  }

  std::optional<ConstValue> constant(const Type& t) {
    switch (t.kind) {
      case Kind::boolean: return ConstValue{r_.chance(50)};
      case Kind::i8:
      case Kind::i16:
      case Kind::i32: return ConstValue{r_.between(-100, 100)};
      case Kind::i64: return ConstValue{static_cast<std::int64_t>(r_.next())};
      case Kind::enumeration: return ConstValue{std::int64_t{7}};
      case Kind::float64: return ConstValue{0.25 * static_cast<double>(r_.between(-1000, 1000))};
      case Kind::string:
      case Kind::binary: return ConstValue{std::string(r_.below(40), 'd')};
      case Kind::uuid: return ConstValue{std::string("00112233-4455-6677-8899-aabbccddeeff")};
      case Kind::list:
      case Kind::set: {
        ConstValue::List l;
        for (std::size_t i = r_.below(3); i > 0; --i) {
          if (auto e = constant(*t.element)) {
            l.push_back(std::move(*e));
          }
        }
        return ConstValue{std::move(l)};
      }
      case Kind::map: {
        ConstValue::Map m;
        auto key = constant(*t.key);
        auto value = constant(*t.value);
        if (key && value) {
          m.push_back({std::move(*key), std::move(*value)});
        }
        return ConstValue{std::move(m)};
      }
      default: return std::nullopt;  // structs: other tests cover their defaults
    }
  }

  Random r_;
  SchemaShape shape_;
  SchemaBuilder b_;
  EnumType* enum_ = nullptr;
  std::vector<StructType*> structs_;
};

}  // namespace

Schema random_schema(std::uint64_t seed, const SchemaShape& shape) {
  return Generator(seed, shape).run();
}

}  // namespace wirejit::test
