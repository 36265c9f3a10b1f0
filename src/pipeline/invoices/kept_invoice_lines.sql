-- Lines of an invoice as they were imported, of some customers or of all.
SELECT x_RowId, x_SourceFile, x_SourceLine, x_LineHash, LineDay, BillingCurrency, PreTaxTotal, TaxTotal,
  EffectiveUnitPrice, Quantity, PCToBCExchangeRate, PartnerId, InvoiceNumber, CustomerId, SubscriptionId, EntitlementId,
  ProductId, SkuId, MeterId, ResourceURI, ChargeType, PublisherName, ReservationOrderId, CreditReasonCode,
  TermAndBillingCycle
FROM {lines} kept_lines
WHERE {customers}
