// The wire as a Reader. Entry: WireReader. Invariant: r0 is a cursor; r1 is the end of the
// innermost message that has a length, and as before after every value.
#pragma once

#include "lower/reader.h"
#include "lower/shape.h"

namespace wirejit::pb {

class WireReader final : public lower::Reader, private lower::RunReader, private lower::ListReader {
 public:
  [[nodiscard]] std::uint64_t unknown_tag() const override;
  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {
        .fields_have_values = true, .twice = lower::Twice::adds, .bytes_at = lower::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }
  [[nodiscard]] const lower::ListReader* lists() const override { return this; }
  // Of containers none is written where they are empty.
  [[nodiscard]] bool absent_is_zero(const StructType& type, int index) const override {
    const Field& field = type.fields[static_cast<std::size_t>(index)];
    return field.type->kind >= Kind::list || lower::is_implicit(type, field);
  }
  [[nodiscard]] bool checks_utf8(const Type& type) const override {
    return type.kind == Kind::string && type.wire != Wire::unchecked;
  }

  void begin(lower::Lowering& l, const lower::Node& n) const override;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void fields(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
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
  [[nodiscard]] lower::BulkList bulk_list(const lower::Lowering& l,
                                          const lower::Node& n) const override;
  [[nodiscard]] lower::Run run(const lower::Node& n) const override;
  void take_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count) const override;
};

}  // namespace wirejit::pb
