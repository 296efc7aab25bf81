// Values of any Thrift type, written and read by Apache Thrift's own protocols.
// Entry: libthrift_write, libthrift_read. Invariant: between the JSON text of a value and its bytes
// there is the official library's protocol, nlohmann's JSON and the walk in this file; no codec and
// no record of ours.
#pragma once

#include <wirejit/schema.h>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace wirejit::test {

// Objects keep their order, and with it that of fields and of entries of maps.
using CaseValue = nlohmann::ordered_json;

enum class LibthriftProtocol : std::uint8_t { binary, compact };

// Whether the official library has the type: 0.17 has no uuid. Its Binary is written all the same,
// as 16 bytes of the struct; its containers refuse such elements.
[[nodiscard]] bool libthrift_holds(LibthriftProtocol protocol, const StructType& type);

// A struct as plain JSON has it (json/README.md), with the fields in their order. Throws where the
// value is not of the type.
[[nodiscard]] std::string libthrift_write(LibthriftProtocol protocol, const StructType& type,
                                          const CaseValue& value);
// Unknown fields and fields of other types are skipped. Throws what the official library throws.
[[nodiscard]] CaseValue libthrift_read(LibthriftProtocol protocol, const StructType& type,
                                       std::string_view bytes);

}  // namespace wirejit::test
