// The wire as a Writer. Entry: WireWriter. Invariant: every byte is covered by a reservation; what
// it writes is canonical: numbers and lengths are as short as can be.
#pragma once

#include "lower/writer.h"

namespace wirejit::pb {

class WireWriter final : public lower::Writer,
                         private lower::RunWriter,
                         private lower::UnknownWriter {
 public:
  explicit WireWriter(bool deterministic) : deterministic_(deterministic) {}

  [[nodiscard]] lower::Needs needs() const override { return {.unique_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  void begin(lower::Lowering& l, const lower::Node& n) const override;
  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n, lower::BytesAt at) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         const lower::Count& count) const override;
  void close_list(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                  const lower::Count& count) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        const lower::Count& count) const override;
  void begin_key(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;
  void end_entry(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;
  void close_map(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;

 private:
  [[nodiscard]] bool takes_unknown(const StructType& type, const lower::StructScope& inner,
                                   std::uint64_t tag) const override;
  void unknown(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
               std::uint64_t tag, const std::vector<bool>& written) const override;
  [[nodiscard]] lower::Run run(const lower::Node& n) const override;
  void give_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count) const override;
  void put_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
               const lower::Count& count) const override;

  bool deterministic_;
};

}  // namespace wirejit::pb
