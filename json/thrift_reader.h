// Thrift JSON as a Reader, and SimpleJSON. Entry: ThriftReader, SimpleReader. Invariant: as of TextReader; besides, a field's code
// begins at its value, after its id and type, and ends after the '}' that follows the value.
#pragma once

#include "json/reader.h"

namespace wirejit::json {

class ThriftReader final : public TextReader {
 public:
  explicit ThriftReader(Unknown unknown);

  [[nodiscard]] lower::Guarantees guarantees() const override;
  [[nodiscard]] std::uint64_t unknown_tag() const override;

  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n) const override;
  void fields(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         lower::Count& count) const override;
  void elements(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count, const std::function<void()>& body) const override;
  void close_list(lower::Lowering& l, const lower::Node& n,
                  const lower::Scope& scope) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        lower::Count& count) const override;
  void entries(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
               const lower::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;
  void close_map(lower::Lowering& l, const lower::Node& n,
                 const lower::Scope& scope) const override;
};

// Plain JSON whose bools may be 1 and 0.
class SimpleReader final : public TextReader {
 public:
  using TextReader::TextReader;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
};

}  // namespace wirejit::json
