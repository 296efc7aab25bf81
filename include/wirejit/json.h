// JSON (RFC 8259) as a format: two dialects, their options, and the Format values.
// Entry: json::text; pb::json (pb.h) is the dialect of Protobuf. Invariant: what is written is valid
// JSON in UTF-8; what is read is checked in full, also where it is skipped. json/README.md states
// every decision that the RFC leaves free.
//
//   auto codec = engine.codec<Order>(wirejit::json::text);
//   auto pretty = engine.codec<Order>(wirejit::json::text({.indent = 2}));
//
// Structs are objects keyed by Field::json_name, lists and sets are arrays, binary is Base64, a
// uuid is its canonical text, an enum is its member's name. A map is an object if its keys are
// scalars, strings, enums, binary or uuids; otherwise it is an array of [key, value] pairs. null in
// place of a field's value means that the field is absent. Of keys that come twice the last one
// counts, null like a value; Options::reject_duplicate_fields and reject_duplicate_keys reject
// them. With Unknown::keep, members that the schema lacks are kept as text and written back
// to either dialect, but for those whose key a field of the written struct has.
#pragma once

#include <wirejit/format.h>

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
  bool reject_unknown_numbers =
      false;  // read: a number that the enum lacks is unknown_enum; else it is kept

  friend bool operator==(const TextOptions&, const TextOptions&) = default;
};

/// Plain JSON. By default compact; `json::text({.indent = 2})` has other options.
extern const FormatWith<TextOptions> text;

// ProtoJSON, the mapping that Protobuf defines for its messages
// (https://protobuf.dev/programming-guides/json): 64-bit integers in quotes, fields without
// presence left out when they are zero or empty, null for a field that is not set, one member of a
// oneof, and texts of their own for structs and enums that have a Semantic (schema.h). Keys are
// read in both spellings, Field::json_name and Field::name. json/README.md states every decision.
//
// Unknown keys and names of enums are errors unless Options::unknown_fields says otherwise: then keys
// are skipped or kept, and names skipped: fields of that value are not set, elements and entries left
// out. In an Any nothing can be kept: with Unknown::keep, they are errors there.
struct ProtoOptions {
  bool always_print_fields_without_presence = false;  // written: those that are zero or empty, too
  bool preserve_proto_names = false;  // written: Field::name in place of Field::json_name
  bool enums_as_numbers = false;      // written: numbers in place of names
  unsigned indent = 0;                // written: as TextOptions::indent
  // Read: a field or key that comes twice is an error; else the last one counts.
  bool reject_duplicates = true;

  friend bool operator==(const ProtoOptions&, const ProtoOptions&) = default;
};

}  // namespace wirejit::json
