#include "foundation/model/amount_text.h"

#include <nlohmann/json.hpp>

#include "foundation/base/text.h"

namespace apportion {
namespace {

// Takes the members of one flat object, numbers by their digits: the parser's own numbers are binary.
class AmountReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return is_in_object_; }
  bool boolean(bool /*value*/) override { return is_in_object_; }
  bool number_integer(number_integer_t number) override { return take_number(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return take_number(std::to_string(number)); }
  bool number_float(number_float_t /*value*/, const string_t& digits) override { return take_number(digits); }
  bool string(string_t& text) override {
    if (is_in_object_ && key_ == "currency") currency = text;
    return is_in_object_ && (!is_value() || take_number(text));
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override {
    const bool is_first = !is_in_object_;
    is_in_object_ = true;
    return is_first;
  }
  bool key(string_t& name) override {
    key_ = ascii_lower(name);
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return false; }
  bool end_array() override { return false; }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

  std::optional<Decimal> value;
  std::string currency;

 private:
  bool is_value() const { return key_ == "value" || key_ == "amount"; }
  bool take_number(std::string_view digits) {
    if (!is_in_object_) return false;
    if (!is_value()) return true;
    const auto parsed = Decimal::parse_rounding(digits);
    if (parsed.error != DecimalError::kNone) return false;
    value = parsed.value;
    return true;
  }

  bool is_in_object_ = false;
  std::string key_;
};

}  // namespace

std::optional<AmountText> parse_amount_text(std::string_view text) {
  text = trim(text);
  const auto plain = Decimal::parse_rounding(text);
  if (plain.error == DecimalError::kNone) return AmountText{plain.value, ""};
  AmountReader reader;
  if (!text.starts_with('{') || !nlohmann::json::sax_parse(text, &reader) || !reader.value) return std::nullopt;
  return AmountText{*reader.value, reader.currency};
}

}  // namespace apportion
