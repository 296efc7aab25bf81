// Values of any Thrift type, written and read by Apache Thrift's own protocols.
// Entry: libthrift_write, libthrift_read. Invariant: only the official library's protocols,
// nlohmann's JSON and the code of this file are used; no codec and no record of wirejit.
#pragma once

#include <wirejit/schema.h>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace wirejit::test {

// Objects keep the order of their members: of fields, and of entries of maps.
using CaseValue = nlohmann::ordered_json;

enum class LibthriftProtocol : std::uint8_t { binary, compact, json };

// Whether the official library has the type: 0.17 has no uuid. Binary is written for it all the
// same, as 16 bytes in the struct; the library's containers reject such elements. JSON has no map
// whose keys are structs or containers: what the library writes for it is no JSON.
[[nodiscard]] bool libthrift_holds(LibthriftProtocol protocol, const StructType& type);

// Writes a struct given as plain JSON (json/README.md) with its fields in order. Throws if the value
// is not of the type.
[[nodiscard]] std::string libthrift_write(LibthriftProtocol protocol, const StructType& type,
                                          const CaseValue& value);
// Reads a struct. Skips unknown fields and fields of another type. Throws what the official library
// throws.
[[nodiscard]] CaseValue libthrift_read(LibthriftProtocol protocol, const StructType& type,
                                       std::string_view bytes);

}  // namespace wirejit::test
