// Thrift JSON as a Writer. Entry: ThriftWriter. Invariant: writes what the official C++ library
// writes, to the byte. As in TextWriter, every member and element is followed by a comma, which the
// closing bracket overwrites.
#pragma once

#include "lower/writer.h"

#include <string>
#include <string_view>
#include <vector>

namespace wirejit::json {

class ThriftWriter final : public lower::Writer, private lower::UnknownWriter {
 public:
  explicit ThriftWriter(const lower::CompileOptions& compile) : validate_(compile.validate_utf8) {}

  // Readers of the format say that the last of equal keys counts.
  [[nodiscard]] lower::Needs needs() const override { return {.unique_fields = true}; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n, lower::BytesAt) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         const lower::Count& count) const override;
  void close_list(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                  const lower::Count& count) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        const lower::Count& count) const override;
  void close_map(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;

 private:
  [[nodiscard]] bool takes_unknown(const StructType&, const lower::StructScope&,
                                   std::uint64_t tag) const override;
  void unknown(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
               std::uint64_t tag, const std::vector<bool>& written) const override;

  bool validate_;
};

}  // namespace wirejit::json
