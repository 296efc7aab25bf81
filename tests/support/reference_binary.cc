// The Binary protocol, as its specification describes it; mismatched elements are errors,
// mismatched fields are skipped.
#include "tests/support/reference_binary.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace wirejit::test {

namespace {

int code_of(Kind k) {
  switch (k) {
    case Kind::boolean: return 2;
    case Kind::i8: return 3;
    case Kind::float64: return 4;
    case Kind::i16: return 6;
    case Kind::i32:
    case Kind::enumeration: return 8;
    case Kind::i64: return 10;
    case Kind::string:
    case Kind::binary: return 11;
    case Kind::structure: return 12;
    case Kind::map: return 13;
    case Kind::set: return 14;
    case Kind::list: return 15;
    case Kind::uuid: return 16;
    default: std::abort();
  }
}

template <class T>
T must(Result<T> r) {
  if (!r) {
    std::fprintf(stderr, "reference: %s\n", r.error().to_string().c_str());
    std::abort();
  }
  return *std::move(r);
}
void must(const Result<void>& r) {
  if (!r) {
    std::fprintf(stderr, "reference: %s\n", r.error().to_string().c_str());
    std::abort();
  }
}

// ---- Writing

class Writer {
 public:
  std::string out;
  Errc error = Errc::ok;

  void number(std::uint64_t v, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out += static_cast<char>(v >> shift & 0xff);
    }
  }
  void text(std::string_view s) {
    number(s.size(), 4);
    out += s;
  }
  void header(const Field& f) {
    number(static_cast<std::uint64_t>(code_of(f.type->kind)), 1);
    number(static_cast<std::uint64_t>(f.id), 2);
  }
  void integer(Kind k, std::int64_t v) {
    const int bytes = k == Kind::i8 ? 1 : k == Kind::i16 ? 2 : k == Kind::i64 ? 8 : 4;
    number(static_cast<std::uint64_t>(v), bytes);
  }

  void value(const Value& v) {
    switch (v.kind()) {
      case Kind::boolean: return number(must(v.as<bool>()) ? 1 : 0, 1);
      case Kind::i8:
      case Kind::i16:
      case Kind::i32:
      case Kind::i64:
      case Kind::enumeration: return integer(v.kind(), must(v.as<std::int64_t>()));
      case Kind::float64: return number(std::bit_cast<std::uint64_t>(must(v.as<double>())), 8);
      case Kind::string: return text(must(v.as<std::string_view>()));
      case Kind::binary: return text(as_text(must(v.as<Bytes>())));
      case Kind::uuid: {
        const Uuid u = must(v.as<Uuid>());
        out.append(reinterpret_cast<const char*>(u.data()), 16);
        return;
      }
      case Kind::list:
      case Kind::set: {
        const auto l = must(v.as<ListView<Value>>());
        number(static_cast<std::uint64_t>(code_of(v.type().element->kind)), 1);
        number(l.size(), 4);
        for (const Value e : l) {
          value(e);
        }
        return;
      }
      case Kind::map: {
        const auto m = must(v.as<MapView<Value, Value>>());
        number(static_cast<std::uint64_t>(code_of(v.type().key->kind)), 1);
        number(static_cast<std::uint64_t>(code_of(v.type().value->kind)), 1);
        number(m.size(), 4);
        for (const auto e : m) {
          value(e.key);
          value(e.value);
        }
        return;
      }
      case Kind::structure: return record(must(v.as<RecordView>()));
      default: std::abort();
    }
  }

  void record(const RecordView& r) {
    int set = 0;
    for (std::size_t i = 0; i < r.type().fields.size(); ++i) {
      const Field& f = r.type().fields[i];
      if (r.has_position(i)) {
        ++set;
        header(f);
        value(r.value_at(i));
      } else if (f.requiredness == Requiredness::required) {
        fail(Errc::missing_required);
      } else if (f.default_value && f.requiredness != Requiredness::optional) {
        header(f);
        constant(*f.type, *f.default_value);
      }
    }
    if (r.type().flavor == StructFlavor::union_ && set != 1) {
      fail(Errc::union_not_one);
    }
    number(0, 1);
  }

 private:
  void fail(Errc code) { error = error == Errc::ok ? code : error; }

  void constant(const Type& t, const ConstValue& c) {
    const auto* n = std::get_if<std::int64_t>(&c.value);
    switch (t.kind) {
      case Kind::boolean:
        return number((n != nullptr ? *n != 0 : std::get<bool>(c.value)) ? 1 : 0, 1);
      case Kind::float64:
        return number(std::bit_cast<std::uint64_t>(n != nullptr ? static_cast<double>(*n)
                                                                : std::get<double>(c.value)),
                      8);
      case Kind::string:
      case Kind::binary: return text(std::get<std::string>(c.value));
      case Kind::uuid: {
        std::string digits;
        for (const char d : std::get<std::string>(c.value)) {
          digits += d == '-' ? "" : std::string(1, d);
        }
        for (std::size_t i = 0; i < 32; i += 2) {
          out += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
        }
        return;
      }
      case Kind::list:
      case Kind::set: {
        number(static_cast<std::uint64_t>(code_of(t.element->kind)), 1);
        const auto& l = std::get<ConstValue::List>(c.value);
        number(l.size(), 4);
        for (const ConstValue& e : l) {
          constant(*t.element, e);
        }
        return;
      }
      case Kind::map: {
        number(static_cast<std::uint64_t>(code_of(t.key->kind)), 1);
        number(static_cast<std::uint64_t>(code_of(t.value->kind)), 1);
        const auto& m = std::get<ConstValue::Map>(c.value);
        number(m.size(), 4);
        for (const auto& [key, mapped] : m) {
          constant(*t.key, key);
          constant(*t.value, mapped);
        }
        return;
      }
      case Kind::structure: {
        const auto& given = std::get<ConstValue::Map>(c.value);
        for (const Field& f : t.structure->fields) {
          const ConstValue* v = f.default_value && f.requiredness != Requiredness::optional
                                    ? &*f.default_value
                                    : nullptr;
          for (const auto& [name, member] : given) {
            v = std::get<std::string>(name.value) == f.name ? &member : v;
          }
          if (v != nullptr) {
            header(f);
            constant(*f.type, *v);
          }
        }
        return number(0, 1);
      }
      default: return integer(t.kind, *n);
    }
  }
};

// ---- Reading

class Reader {
 public:
  explicit Reader(Bytes in) : in_(in) {}
  Errc error = Errc::ok;
  std::size_t at = 0;

  bool fail(Errc code) {
    error = error == Errc::ok ? code : error;
    return false;
  }
  bool number(int bytes, std::uint64_t* v) {
    if (in_.size() - at < static_cast<std::size_t>(bytes)) {
      return fail(Errc::truncated);
    }
    *v = 0;
    for (int i = 0; i < bytes; ++i) {
      *v = *v << 8 | in_[at++];
    }
    return true;
  }
  bool integer(int bytes, std::int64_t* v) {
    std::uint64_t u = 0;
    if (!number(bytes, &u)) {
      return false;
    }
    const int shift = 64 - 8 * bytes;
    *v = static_cast<std::int64_t>(u << shift) >> shift;
    return true;
  }
  bool raw(std::size_t n, Bytes* to) {
    if (in_.size() - at < n) {
      return fail(Errc::truncated);
    }
    *to = in_.subspan(at, n);
    at += n;
    return true;
  }
  bool count(std::size_t* n) {
    std::int64_t v = 0;
    if (!integer(4, &v)) {
      return false;
    }
    if (v < 0) {
      return fail(Errc::invalid_count);
    }
    *n = static_cast<std::size_t>(v);
    return true;
  }

  bool record(Record to, int depth) {
    if (depth > 1000) {
      return fail(Errc::depth_limit);
    }
    const StructType& type = to.type();
    std::set<std::int32_t> seen;
    for (;;) {
      std::uint64_t wire = 0;
      std::int64_t id = 0;
      if (!number(1, &wire)) {
        return false;
      }
      if (wire == 0) {
        break;
      }
      if (!integer(2, &id)) {
        return false;
      }
      const Field* f = type.find(static_cast<std::int32_t>(id));
      if (f == nullptr || static_cast<std::uint64_t>(code_of(f->type->kind)) != wire) {
        if (!skip(static_cast<int>(wire), depth + 1)) {
          return false;
        }
        continue;
      }
      if (type.flavor == StructFlavor::union_ && !seen.empty()) {
        return fail(Errc::union_not_one);
      }
      seen.insert(f->id);
      to.clear(f->id);
      if (!value(must(to.edit(f->id)), depth)) {
        return false;
      }
    }
    if (type.flavor == StructFlavor::union_ && seen.empty()) {
      return fail(Errc::union_not_one);
    }
    for (const Field& f : type.fields) {
      if (f.requiredness == Requiredness::required && !seen.contains(f.id)) {
        return fail(Errc::missing_required);
      }
    }
    return true;
  }

  bool value(MutableValue to, int depth) {
    std::int64_t n = 0;
    switch (to.kind()) {
      case Kind::boolean:
        if (integer(1, &n)) {
          must(to.set(n != 0));
        }
        return error == Errc::ok;
      case Kind::i8: return set_integer(to, 1);
      case Kind::i16: return set_integer(to, 2);
      case Kind::i32:
      case Kind::enumeration: return set_integer(to, 4);
      case Kind::i64: return set_integer(to, 8);
      case Kind::float64:
        if (integer(8, &n)) {
          must(to.set(std::bit_cast<double>(n)));
        }
        return error == Errc::ok;
      case Kind::string:
      case Kind::binary: {
        std::size_t size = 0;
        Bytes bytes;
        if (!count(&size) || !raw(size, &bytes)) {
          return false;
        }
        must(to.set(as_text(bytes)));
        return true;
      }
      case Kind::uuid: {
        Bytes bytes;
        if (!raw(16, &bytes)) {
          return false;
        }
        Uuid u{};
        std::copy(bytes.begin(), bytes.end(), u.begin());
        must(to.set(u));
        return true;
      }
      case Kind::structure: {
        Record r = must(to.record());
        r.reset();
        return record(r, depth + 1);
      }
      case Kind::list:
      case Kind::set: return list(to, depth);
      case Kind::map: return map(to, depth);
      default: std::abort();
    }
  }

 private:
  bool set_integer(MutableValue to, int bytes) {
    std::int64_t n = 0;
    if (!integer(bytes, &n)) {
      return false;
    }
    must(to.set(n));
    return true;
  }

  bool list(MutableValue to, int depth) {
    std::uint64_t wire = 0;
    std::size_t n = 0;
    if (!number(1, &wire) || !count(&n)) {
      return false;
    }
    List l = must(to.list());
    l.clear();
    if (n != 0 && wire != static_cast<std::uint64_t>(code_of(to.type().element->kind))) {
      return fail(Errc::type_mismatch);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (!value(must(l.append()), depth)) {
        return false;
      }
    }
    return true;
  }

  bool map(MutableValue to, int depth) {
    std::uint64_t key = 0;
    std::uint64_t mapped = 0;
    std::size_t n = 0;
    if (!number(1, &key) || !number(1, &mapped) || !count(&n)) {
      return false;
    }
    Map m = must(to.map());
    m.clear();
    if (n != 0 && (key != static_cast<std::uint64_t>(code_of(to.type().key->kind)) ||
                   mapped != static_cast<std::uint64_t>(code_of(to.type().value->kind)))) {
      return fail(Errc::type_mismatch);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const auto entry = must(m.append());
      if (!value(entry.key, depth) || !value(entry.value, depth)) {
        return false;
      }
    }
    return true;
  }

  bool skip(int wire, int depth) {
    if (depth > 1000) {
      return fail(Errc::depth_limit);
    }
    Bytes ignored;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::size_t n = 0;
    switch (wire) {
      case 2:
      case 3: return raw(1, &ignored);
      case 6: return raw(2, &ignored);
      case 8: return raw(4, &ignored);
      case 4:
      case 10: return raw(8, &ignored);
      case 16: return raw(16, &ignored);
      case 11: return count(&n) && raw(n, &ignored);
      case 12:
        for (;;) {
          if (!number(1, &first)) {
            return false;
          }
          if (first == 0) {
            return true;
          }
          if (!raw(2, &ignored) || !skip(static_cast<int>(first), depth + 1)) {
            return false;
          }
        }
      case 13:
      case 14:
      case 15:
        if (!number(1, &first) || (wire == 13 && !number(1, &second)) || !count(&n)) {
          return false;
        }
        for (std::size_t i = 0; i < n; ++i) {
          if (!skip(static_cast<int>(first), depth + 1) ||
              (wire == 13 && !skip(static_cast<int>(second), depth + 1))) {
            return false;
          }
        }
        return true;
      default: return fail(Errc::invalid_type);
    }
  }

  Bytes in_;
};

}  // namespace

std::string reference_encode(const Value& value, Errc* error) {
  Writer w;
  w.value(value);
  *error = w.error;
  return w.out;
}

std::string reference_encode(const RecordView& record, Errc* error) {
  Writer w;
  w.record(record);
  *error = w.error;
  return w.out;
}

ReferenceOutcome reference_decode(Bytes bytes, Record to) {
  Reader r(bytes);
  if (r.record(to, 0) && r.at != bytes.size()) {
    r.fail(Errc::trailing_data);
  }
  return {r.error, r.at};
}

}  // namespace wirejit::test
