// Tables of structs, enums, services and the rest.
#include "schema_text.h"

#include "report.h"
#include "table.h"

#include <array>
#include <cstdio>

namespace wirejit::tools {
namespace {

using Align = Table::Align;

constexpr std::size_t longest_value = 40;

void write(std::string& out, const ConstValue& v);

struct Write {
  std::string& out;
  void operator()(bool b) const { out += b ? "true" : "false"; }
  void operator()(std::int64_t n) const { out += std::to_string(n); }
  void operator()(double d) const {
    std::array<char, 40> digits{};
    (void)std::snprintf(digits.data(), digits.size(), "%.17g", d);
    out += digits.data();
  }
  void operator()(const std::string& s) const { out += '"' + printable(s) + '"'; }
  void operator()(const ConstValue::List& list) const {
    out += '[';
    for (std::size_t i = 0; i < list.size() && out.size() <= longest_value; ++i) {
      out += i == 0 ? "" : ", ";
      write(out, list[i]);
    }
    out += ']';
  }
  void operator()(const ConstValue::Map& map) const {
    out += '{';
    for (std::size_t i = 0; i < map.size() && out.size() <= longest_value; ++i) {
      out += i == 0 ? "" : ", ";
      write(out, map[i].first);
      out += ": ";
      write(out, map[i].second);
    }
    out += '}';
  }
};

void write(std::string& out, const ConstValue& v) { std::visit(Write{out}, v.value); }

std::string value_of(const Field& f) {
  if (!f.default_value) {
    return {};
  }
  const auto* number = std::get_if<std::int64_t>(&f.default_value->value);
  if (f.type->kind == Kind::enumeration && number != nullptr) {
    const EnumValue* member = f.type->enumeration->find(static_cast<std::int32_t>(*number));
    if (member != nullptr) {
      return printable(member->name);
    }
  }
  return to_text(*f.default_value);
}

std::string list_of(const StructType* fields) {
  std::string out;
  if (fields != nullptr) {
    for (const Field& f : fields->fields) {
      out += (out.empty() ? "" : ", ") + std::to_string(f.id) + ": " + f.type->to_string() + " " +
             f.name;
    }
  }
  return out;
}

std::string streamed(bool streaming) { return streaming ? "stream " : ""; }

std::string throws_of(const Method& m) {
  std::string out;
  for (const Field* thrown : m.throws()) {
    out += (out.empty() ? "" : ", ") + thrown->type->to_string();
  }
  return out.empty() ? out : " throws " + out;
}

}  // namespace

std::string to_text(const ConstValue& v) {
  std::string out;
  write(out, v);
  if (out.size() > longest_value) {
    std::size_t end = longest_value - 3;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) {
      --end;
    }
    out = out.substr(0, end) + "...";
  }
  return out;
}

std::string to_text(const StructType& s) {
  std::string out = std::string(to_string(s.flavor)) + " " + printable(s.full_name) + "\n";
  if (s.fields.empty()) {
    return out + "  (no fields)\n";
  }
  Table table({Align::right, Align::left, Align::left, Align::left, Align::left, Align::left});
  table.row({"id", "field", "type", "requiredness", "default", "JSON key"});
  for (const Field& f : s.fields) {
    table.row({std::to_string(f.id), printable(f.name),
               printable(f.type->to_string()) + (f.reference ? " &" : ""),
               std::string(to_string(f.requiredness)), value_of(f),
               f.json_name == f.name ? "" : '"' + printable(f.json_name) + '"'});
  }
  return out + table.to_string();
}

std::string to_text(const EnumType& e) {
  Table table({Align::right, Align::left});
  for (const EnumValue& v : e.values) {
    table.row({std::to_string(v.number), printable(v.name)});
  }
  return "enum " + printable(e.full_name) + "\n" + table.to_string();
}

std::string to_text(const Typedef& t) {
  return "typedef " + printable(t.full_name) + " = " + printable(t.type->to_string()) + "\n";
}

std::string to_text(const Constant& c) {
  return "const " + printable(c.full_name) + " = " + to_text(c.value) + "  (" +
         printable(c.type->to_string()) + ")\n";
}

std::string to_text(const Method& m) {
  if (m.reply == nullptr && !m.oneway) {  // a Protobuf method
    return "  rpc " + printable(m.name) + "(" + streamed(m.client_streaming) +
           printable(m.args->full_name) + ") returns (" + streamed(m.server_streaming) +
           printable(m.result->to_string()) + ")\n";
  }
  const std::string result = m.oneway ? "oneway void" : m.result->to_string();
  const std::string mode = m.streaming() == Streaming::unary
                               ? ""
                               : "  (streaming: " + std::string(to_string(m.streaming())) + ")";
  return printable("  " + result + " " + m.name + "(" + list_of(m.args) + ")" + throws_of(m)) +
         mode + "\n";
}

std::string to_text(const Service& s) {
  std::string out = "service " + printable(s.full_name);
  out += s.extends != nullptr ? " extends " + printable(s.extends->full_name) + "\n" : "\n";
  for (const Method& m : s.methods) {
    out += to_text(m);
  }
  return out;
}

std::string to_text(const Document& d) {
  std::string out;
  const auto add = [&out](const std::string& block, bool apart) {
    out += (apart && !out.empty() ? "\n" : "") + block;
  };
  bool first = true;
  for (const Typedef* t : d.typedefs) {
    add(to_text(*t), std::exchange(first, false));
  }
  first = true;
  for (const Constant* c : d.constants) {
    add(to_text(*c), std::exchange(first, false));
  }
  for (const EnumType* e : d.enums) {
    add(to_text(*e), true);
  }
  for (const StructType* s : d.structs) {
    add(to_text(*s), true);
  }
  for (const Service* s : d.services) {
    add(to_text(*s), true);
  }
  return out;
}

}  // namespace wirejit::tools
