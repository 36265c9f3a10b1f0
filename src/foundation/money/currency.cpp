#include "foundation/money/currency.h"

namespace apportion {
namespace {

struct MinorUnit {
  int digits;
  std::string_view codes;  // three letters and a blank each, so a code is found at its own place only
};

// ISO 4217, as amended to the end of 2025, with the codes withdrawn since 2020, since old bills hold them (ANG, BGN,
// CUC, HRK, SLL, ZWL). Without those whose minor unit ISO gives as not applicable: metals, units of account, tests
// (XAU, XDR, XTS).
constexpr MinorUnit kMinorUnits[] = {
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {2,
     "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
     "CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP "
     "GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
     "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
     "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
     "TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
    {4, "CLF UYW"},
};

}  // namespace

std::optional<Currency> Currency::parse(std::string_view text) {
  std::array<char, 3> code{};
  if (text.size() != code.size()) return std::nullopt;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = text[i];
    const bool is_lower = c >= 'a' && c <= 'z';
    if (!is_lower && (c < 'A' || c > 'Z')) return std::nullopt;
    code[i] = is_lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return Currency(code);
}

std::optional<int> Currency::minor_digits() const {
  for (const MinorUnit& unit : kMinorUnits) {
    if (unit.codes.find(code()) != std::string_view::npos) return unit.digits;
  }
  return std::nullopt;
}

}  // namespace apportion
