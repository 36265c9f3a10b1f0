-- Lines of an invoice as they were imported, in the order of their files.
SELECT x_SourceFile, x_SourceLine, x_LineHash, LineDay, BillingCurrency, PreTaxTotal, TaxTotal, EffectiveUnitPrice,
  Quantity, PCToBCExchangeRate, PartnerId, InvoiceNumber, CustomerId, SubscriptionId, EntitlementId, ProductId, SkuId,
  MeterId, ResourceURI, ChargeType, PublisherName, ReservationOrderId, CreditReasonCode, TermAndBillingCycle
FROM {lines} kept_lines
ORDER BY x_RowId
