// The declarations of a schema as tables for people.
// Entry: to_text. Invariant: names and values are printable; the schema's text has no control
// characters in the output.
#pragma once

#include <wirejit/schema.h>

#include <string>

namespace wirejit::tools {

[[nodiscard]] std::string to_text(const StructType& s);
[[nodiscard]] std::string to_text(const EnumType& e);
[[nodiscard]] std::string to_text(const Typedef& t);
[[nodiscard]] std::string to_text(const Constant& c);
[[nodiscard]] std::string to_text(const Service& s);
[[nodiscard]] std::string to_text(const Method& m);
[[nodiscard]] std::string to_text(const Document& d);

// A constant or default on one line, clipped.
[[nodiscard]] std::string to_text(const ConstValue& v);

}  // namespace wirejit::tools
