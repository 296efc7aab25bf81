// JSON (RFC 8259) as a format: options of the dialect and the Format values.
// Entry: json::text, json::with. Invariant: what is written is valid JSON in UTF-8; what is read is
// checked in full, also where it is skipped. json/README.md states every decision that the RFC
// leaves free.
//
//   auto codec = engine.codec<Order>(wirejit::json::text);
//   auto pretty = engine.codec<Order>(wirejit::json::with({.indent = 2}));
//
// Structs are objects keyed by Field::json_name, lists and sets are arrays, binary is Base64, a
// uuid is its canonical text, an enum is its member's name. A map is an object if its keys are
// scalars, strings, enums, binary or uuids; otherwise it is an array of [key, value] pairs. null in
// place of a field's value means that the field is absent. Of keys that come twice the last one
// counts; Options::reject_duplicate_fields and reject_duplicate_keys refuse them.
#pragma once

#include <wirejit/codec.h>

namespace wirejit::json {

struct TextOptions {
  unsigned indent =
      0;  // written: 0 compact, else spaces a level, and a newline behind the root; at most 64
  bool int64_as_string = false;   // written: i64 and u64 in quotes; both forms are read
  bool enums_as_numbers = false;  // written: numbers in place of names; both forms are read
  bool nan_as_string =
      true;                 // written: "NaN", "Infinity", "-Infinity"; else they are invalid_number
  bool base64_url = false;  // written: the alphabet of URLs; both are read
  bool base64_padding = true;  // written: '=' at the end; both forms are read
  bool plain_names = false;    // keys are Field::name in place of Field::json_name
  bool refuse_unknown_keys =
      false;  // read: a key that the struct lacks is unknown_field; else it is skipped
  bool refuse_unknown_numbers =
      false;  // read: a number that the enum lacks is unknown_enum; else it is kept
};

// Compact, with all defaults.
extern const Format text;

[[nodiscard]] Format with(const TextOptions& options);

}  // namespace wirejit::json
