// Tells people when a month becomes expensive. It stops nothing: what stops a run is its own budget, and the expiry on every machine.
targetScope = 'subscription'

@description('Required. Name of the budget.')
param name string

@description('Required. Amount a month, in the subscription\'s currency.')
@minValue(1)
param amount int

@description('Required. First day that counts, yyyy-MM-01.')
param start string

@description('Required. E-mail addresses.')
@minLength(1)
param contacts array

@description('Required. Resource groups that are counted.')
param groups array

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    amount: amount
    category: 'Cost'
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    filter: {
      dimensions: { name: 'ResourceGroupName', operator: 'In', values: groups }
    }
    notifications: {
      nearly: { enabled: true, operator: 'GreaterThanOrEqualTo', threshold: 80, thresholdType: 'Actual', contactEmails: contacts }
      reached: { enabled: true, operator: 'GreaterThanOrEqualTo', threshold: 100, thresholdType: 'Actual', contactEmails: contacts }
      foreseen: { enabled: true, operator: 'GreaterThan', threshold: 100, thresholdType: 'Forecasted', contactEmails: contacts }
    }
  }
}
