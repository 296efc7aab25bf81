// Values as text for people who debug: Order{id: 7, lines: [{sku: "A-1"}], kind: paid}.
// Entry: Value::to_string, RecordView::to_string. Invariant: the depth, the number of elements, the
// strings and the whole text are bounded.
#include <wirejit/record_view.h>

#include <algorithm>
#include <charconv>
#include <ostream>

namespace wirejit {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  void value(const Value& v, int depth) {
    if (!v) {
      out_ += "null";
      return;
    }
    switch (v.kind()) {
      case Kind::boolean:
        out_ += detail::load<bool>(v.type(), v.layout(), v.data()) ? "true" : "false";
        break;
      case Kind::float32: number(detail::load<float>(v.type(), v.layout(), v.data())); break;
      case Kind::float64: number(detail::load<double>(v.type(), v.layout(), v.data())); break;
      case Kind::string:
        text(detail::load<std::string_view>(v.type(), v.layout(), v.data()));
        break;
      case Kind::binary: binary(detail::load<Bytes>(v.type(), v.layout(), v.data())); break;
      case Kind::uuid: uuid(detail::load<Uuid>(v.type(), v.layout(), v.data())); break;
      case Kind::structure:
        record(detail::load<RecordView>(v.type(), v.layout(), v.data()), depth);
        break;
      case Kind::list:
      case Kind::set: list(detail::load<ListView<>>(v.type(), v.layout(), v.data()), depth); break;
      case Kind::map: map(detail::load<MapView<>>(v.type(), v.layout(), v.data()), depth); break;
      default: integer(v); break;
    }
  }

  void record(const RecordView& r, int depth) {
    if (!open('{', depth)) {
      return;
    }
    bool first = true;
    for (const auto [field, v] : r.fields()) {
      if (!separate(first)) {
        break;
      }
      out_ += field->name;
      out_ += ": ";
      value(v, depth + 1);
    }
    if (!r.unknown().empty() && separate(first)) {
      out_ += std::to_string(r.unknown().size()) + " unknown bytes";
    }
    out_ += '}';
  }

  [[nodiscard]] std::string take() && { return std::move(out_); }
  std::string& out() noexcept { return out_; }

 private:
  // False at the greatest depth; then "..." is written instead of the contents.
  bool open(char bracket, int depth) {
    out_ += bracket;
    if (depth < options_.max_depth) {
      return true;
    }
    out_ += "...";
    out_ += bracket == '{' ? '}' : ']';
    return false;
  }

  bool separate(bool& first) {
    if (!first) {
      out_ += ", ";
    }
    first = false;
    if (out_.size() < options_.max_size) {
      return true;
    }
    out_ += "...";
    return false;
  }

  void list(const ListView<>& l, int depth) {
    if (!open('[', depth)) {
      return;
    }
    bool first = true;
    for (std::size_t i = 0; i < l.size(); ++i) {
      if (!separate(first)) {
        break;
      }
      if (i == options_.max_elements) {
        more(l.size() - i);
        break;
      }
      value(l[i], depth + 1);
    }
    out_ += ']';
  }

  void map(const MapView<>& m, int depth) {
    if (!open('{', depth)) {
      return;
    }
    bool first = true;
    for (std::size_t i = 0; i < m.size(); ++i) {
      if (!separate(first)) {
        break;
      }
      if (i == options_.max_elements) {
        more(m.size() - i);
        break;
      }
      value(m.key(i), depth + 1);
      out_ += ": ";
      value(m.mapped(i), depth + 1);
    }
    out_ += '}';
  }

  void more(std::size_t count) { out_ += "... " + std::to_string(count) + " more"; }

  void integer(const Value& v) {
    if (const std::string_view name = v.enum_name(); !name.empty()) {
      out_ += name;
      return;
    }
    const auto n = detail::integer_of(v);
    if (n) {
      out_ += n->is_signed ? std::to_string(static_cast<std::int64_t>(n->bits))
                           : std::to_string(n->bits);
    }
  }

  template <class T>
  void number(T n) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, n);
    out_.append(digits, end.ptr);
  }

  void text(std::string_view s) {
    const std::size_t shown = std::min(s.size(), options_.max_string);
    out_ += '"';
    for (const char c : s.substr(0, shown)) {
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        out_ += "\\x";
        byte(static_cast<std::uint8_t>(c));
      } else {
        out_ += c;
      }
    }
    out_ += '"';
    if (shown < s.size()) {
      more(s.size() - shown);
    }
  }

  void binary(Bytes b) {
    const std::size_t shown = std::min(b.size(), options_.max_string / 2);
    out_ += "0x";
    for (const std::uint8_t n : b.first(shown)) {
      byte(n);
    }
    if (shown < b.size()) {
      more(b.size() - shown);
    }
  }

  void uuid(const Uuid& u) {
    for (std::size_t i = 0; i < u.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) {
        out_ += '-';
      }
      byte(u[i]);
    }
  }

  void byte(std::uint8_t n) {
    out_ += hex_digits[n >> 4];
    out_ += hex_digits[n & 15];
  }

  const PrintOptions& options_;
  std::string out_;
};

}  // namespace

std::string Value::to_string(const PrintOptions& options) const {
  Printer printer(options);
  printer.value(*this, 0);
  return std::move(printer).take();
}

std::string RecordView::to_string(const PrintOptions& options) const {
  if (!*this) {
    return "null";
  }
  Printer printer(options);
  printer.out() = type().name;
  printer.record(*this, 0);
  return std::move(printer).take();
}

std::ostream& operator<<(std::ostream& out, const Value& value) { return out << value.to_string(); }

std::ostream& operator<<(std::ostream& out, const RecordView& record) {
  return out << record.to_string();
}

namespace detail {

std::string print_list(const Value& list, const PrintOptions& options) {
  return list ? list.to_string(options) : "[]";
}

std::string print_map(const Value& map, const PrintOptions& options) {
  return map ? map.to_string(options) : "{}";
}

std::ostream& print_list(std::ostream& out, const Value& list) {
  return out << print_list(list, PrintOptions());
}

std::ostream& print_map(std::ostream& out, const Value& map) {
  return out << print_map(map, PrintOptions());
}

}  // namespace detail

}  // namespace wirejit
