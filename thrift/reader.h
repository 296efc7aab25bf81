// Thrift Binary as a Reader. Entry: BinaryReader. Invariant: reads no byte that was not shown to be
// there.
#pragma once

#include "lower/reader.h"
#include "thrift/wire.h"

namespace wirejit::thrift {

class BinaryReader final : public lower::Reader, private lower::RunReader {
 public:
  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.fields_have_values = true, .bytes_at = lower::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }
  [[nodiscard]] std::uint64_t unknown_tag() const override { return binary_unknown_tag; }

  void end(lower::Lowering& l, const lower::Node& root) const override;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void fields(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         lower::Count& count) const override;
  void elements(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count, const std::function<void()>& body) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        lower::Count& count) const override;
  void entries(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
               const lower::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;

 private:
  [[nodiscard]] lower::Run run(const lower::Node& n) const override;
  void take_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count) const override;
};

}  // namespace wirejit::thrift
