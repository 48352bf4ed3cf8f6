using './main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'tuning')
param location = readEnvironmentVariable('AZURE_LOCATION', 'swedencentral')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param trainerTag = readEnvironmentVariable('TRAINER_TAG', 'v1')
param defaultBase = readEnvironmentVariable('TUNING_DEFAULT_BASE', '')
param outbound = readEnvironmentVariable('TUNING_OUTBOUND', 'nat')
param allowedAddresses = empty(readEnvironmentVariable('TUNING_ALLOWED_ADDRESSES', '')) ? [] : split(readEnvironmentVariable('TUNING_ALLOWED_ADDRESSES', ''), ',')
param budgetContacts = empty(readEnvironmentVariable('TUNING_BUDGET_CONTACTS', '')) ? [] : split(readEnvironmentVariable('TUNING_BUDGET_CONTACTS', ''), ',')
param monthlyBudget = int(readEnvironmentVariable('TUNING_MONTHLY_BUDGET', '200'))
param budgetStart = readEnvironmentVariable('TUNING_BUDGET_START', '')
