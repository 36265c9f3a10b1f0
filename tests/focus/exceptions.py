"""Rules of FOCUS 1.2 that our files do not meet, and why: for each kind of file, the only ones that may fail."""

# Conditions of the validator that are inverted or empty: these fail on any file.
OF_THE_VALIDATOR = {
    "CapacityReservationStatus-C-003-C": "the validator asks it of rows that have a capacity reservation",
    "CapacityReservationStatus-C-004-C": "the validator asks it of rows that have none",
    "CommitmentDiscountStatus-C-004-C": "the validator asks it of rows without a commitment",
}
# What is true of the bill of every reseller.
OF_THE_BILL = {
    "BilledCost-C-005-C": "the partner is the issuer, and Microsoft the provider, of what a partner resells",
    "EffectiveCost-C-005-C": "seats and purchases at the marketplace cover no future charges",
    "SkuMeter-C-005-C": "purchases and unused commitments have no meter",
    **{f"{column}-C-002-M": "people and products have names with other letters than those of ASCII"
       for column in ("BillingAccountName", "ChargeDescription", "CommitmentDiscountName", "PublisherName",
                      "ResourceId", "ResourceName", "SubAccountName")},
}
IN_EVERY_FILE = {**OF_THE_VALIDATOR, **OF_THE_BILL}
IN_FILES_OF_CUSTOMERS = {
    **IN_EVERY_FILE, "InvoiceId-C-005-C": "Microsoft's invoices are the partner's; the validator asks it of every row"}

EXCEPTIONS = {
    "list": IN_FILES_OF_CUSTOMERS,
    "cost": IN_FILES_OF_CUSTOMERS,
    "both": IN_FILES_OF_CUSTOMERS,
    "partner": {
        **IN_EVERY_FILE,
        "InvoiceId-C-004-C": "the validator asks it of every row",
        "InvoiceId-C-005-C": "the validator asks it of every row",
        "ListCost-C-003-M": "unknown list costs are empty, as --allow-unknown was given",
        "ListCost-C-004-M": "unknown list costs are empty, as --allow-unknown was given",
    },
}
