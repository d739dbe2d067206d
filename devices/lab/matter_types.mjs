// The lab's Matter device types as a table: what each is made of and how it lives.
import { OnOffLightDevice } from "@matter/main/devices/on-off-light";
import { DimmableLightDevice } from "@matter/main/devices/dimmable-light";
import { ColorTemperatureLightDevice } from "@matter/main/devices/color-temperature-light";
import { ExtendedColorLightDevice } from "@matter/main/devices/extended-color-light";
import { OnOffPlugInUnitDevice } from "@matter/main/devices/on-off-plug-in-unit";
import { TemperatureSensorDevice } from "@matter/main/devices/temperature-sensor";
import { HumiditySensorDevice } from "@matter/main/devices/humidity-sensor";
import { PressureSensorDevice } from "@matter/main/devices/pressure-sensor";
import { AirQualitySensorDevice } from "@matter/main/devices/air-quality-sensor";
import { OccupancySensorDevice } from "@matter/main/devices/occupancy-sensor";
import { ContactSensorDevice } from "@matter/main/devices/contact-sensor";
import { LightSensorDevice } from "@matter/main/devices/light-sensor";
import { ThermostatDevice } from "@matter/main/devices/thermostat";
import { WindowCoveringDevice } from "@matter/main/devices/window-covering";
import { DoorLockDevice } from "@matter/main/devices/door-lock";
import { SmokeCoAlarmDevice } from "@matter/main/devices/smoke-co-alarm";
import { FanDevice } from "@matter/main/devices/fan";
import { WaterLeakDetectorDevice } from "@matter/main/devices/water-leak-detector";
import { RainSensorDevice } from "@matter/main/devices/rain-sensor";
import { WaterFreezeDetectorDevice } from "@matter/main/devices/water-freeze-detector";
import { EnergyEvseDevice } from "@matter/main/devices/energy-evse";
import { WaterHeaterDevice } from "@matter/main/devices/water-heater";
import { GenericSwitchDevice } from "@matter/main/devices/generic-switch";
import { ElectricalSensorEndpoint } from "@matter/main/endpoints/electrical-sensor";
import { OtaRequestorEndpoint } from "@matter/main/endpoints/ota-requestor";
import { Updates } from "./matter_software.mjs";
import { PowerSourceEndpoint } from "@matter/main/endpoints/power-source";
import { PowerSourceServer } from "@matter/main/behaviors/power-source";
import { ThermostatServer } from "@matter/main/behaviors/thermostat";
import { WindowCoveringServer, MovementType } from "@matter/main/behaviors/window-covering";
import { SmokeCoAlarmServer } from "@matter/main/behaviors/smoke-co-alarm";
import { OccupancySensingServer } from "@matter/main/behaviors/occupancy-sensing";
import { FanControlServer } from "@matter/main/behaviors/fan-control";
import { SwitchServer } from "@matter/main/behaviors/switch";
import { EnergyEvseServer } from "@matter/main/behaviors/energy-evse";
import { WaterHeaterManagementServer } from "@matter/main/behaviors/water-heater-management";
import { AirQualityServer } from "@matter/main/behaviors/air-quality";
import { CarbonDioxideConcentrationMeasurementServer as Co2Server } from "@matter/main/behaviors/carbon-dioxide-concentration-measurement";
import { Pm25ConcentrationMeasurementServer as Pm25Server } from "@matter/main/behaviors/pm25-concentration-measurement";
import { TotalVolatileOrganicCompoundsConcentrationMeasurementServer as TvocServer } from "@matter/main/behaviors/total-volatile-organic-compounds-concentration-measurement";
import { PowerTopologyServer } from "@matter/main/behaviors/power-topology";
import { ElectricalPowerMeasurementServer } from "@matter/main/behaviors/electrical-power-measurement";
import { ElectricalEnergyMeasurementServer } from "@matter/main/behaviors/electrical-energy-measurement";
import { ColorControlServer } from "@matter/main/behaviors/color-control";

const STEP_MS = 200;
const STEP = 1000; // 10 % of the way per step

class SlowCovering extends WindowCoveringServer.with("Lift", "PositionAwareLift", "Tilt", "PositionAwareTilt") {
    async handleMovement(type, reversed, direction, target) {
        const part = type === MovementType.Lift ? "Lift" : "Tilt";
        const attribute = `currentPosition${part}Percent100ths`;
        const endpoint = this.endpoint;
        const moves = (endpoint.moves ??= {});
        clearInterval(moves[part]);
        moves[part] = setInterval(async () => {
            const place = endpoint.state.windowCovering[attribute] ?? 0;
            const next = place < target ? Math.min(target, place + STEP) : Math.max(target, place - STEP);
            await endpoint.set({ windowCovering: { [attribute]: next } });
            if (next === target) clearInterval(moves[part]);
        }, STEP_MS);
    }
    async handleStopMovement() {
        Object.values(this.endpoint.moves ?? {}).forEach(clearInterval);
        return super.handleStopMovement();
    }
}

const MODE_PERCENT = { 0: 0, 1: 33, 2: 66, 3: 100, 5: null };
const modeOf = percent => (percent == null ? 5 : percent === 0 ? 0 : percent <= 33 ? 1 : percent <= 66 ? 2 : 3);

class Fan extends FanControlServer.with("MultiSpeed", "Auto") {
    initialize() {
        super.initialize?.();
        this.reactTo(this.events.percentSetting$Changed, this.#percentChanged, { offline: true });
        this.reactTo(this.events.fanMode$Changed, this.#modeChanged, { offline: true });
    }
    #percentChanged(percent) {
        this.state.percentCurrent = percent ?? 0;
        this.state.speedSetting = percent == null ? null : Math.ceil(percent / 10);
        this.state.speedCurrent = Math.ceil((percent ?? 0) / 10);
        if (this.state.fanMode !== modeOf(percent)) this.state.fanMode = modeOf(percent);
    }
    #modeChanged(mode) {
        const percent = MODE_PERCENT[mode];
        if (percent !== undefined && modeOf(this.state.percentSetting) !== mode) this.state.percentSetting = percent;
    }
}

const NOT_PLUGGED = 0, READY = 1, CHARGING = 3; // EnergyEvse.State
const DISABLED = 0, ENABLED = 1; // EnergyEvse.SupplyState

class Charger extends EnergyEvseServer.with("ChargingPreferences") {
    disable() {
        this.#supply(DISABLED, 0);
    }
    enableCharging({ chargingEnabledUntil, minimumChargeCurrent, maximumChargeCurrent }) {
        Object.assign(this.state, { chargingEnabledUntil, minimumChargeCurrent });
        this.#supply(ENABLED, Math.min(Number(maximumChargeCurrent), Number(this.state.circuitCapacity)));
    }
    #supply(supplyState, maximumChargeCurrent) {
        Object.assign(this.state, { supplyState, maximumChargeCurrent });
        if (this.state.state !== NOT_PLUGGED) this.state.state = supplyState === ENABLED ? CHARGING : READY;
    }
}

class Heater extends WaterHeaterManagementServer.with("TankPercent") {
    boost() {
        Object.assign(this.state, { boostState: 1, heatDemand: { immersionElement1: true } });
    }
    cancelBoost() {
        Object.assign(this.state, { boostState: 0, heatDemand: {} });
    }
}

const mode = (label, number, tag) => ({ label, mode: number, modeTags: [{ value: tag }] });

const Power = ElectricalPowerMeasurementServer.with("AlternatingCurrent");
export const Energy = ElectricalEnergyMeasurementServer.with("ImportedEnergy", "CumulativeEnergy");
const accuracy = (type, max) => ({
    measurementType: type, measured: true, minMeasuredValue: 0, maxMeasuredValue: max,
    accuracyRanges: [{ rangeMin: 0, rangeMax: max, fixedMax: 1 }],
});
const meter = () => [
    ElectricalSensorEndpoint.with(PowerTopologyServer.with("NodeTopology"), Power, Energy),
    {
        id: "meter",
        electricalPowerMeasurement: {
            powerMode: 2, numberOfMeasurementTypes: 3, activePower: 0, voltage: 230_000, activeCurrent: 0,
            accuracy: [accuracy(5, 4_000_000), accuracy(1, 300_000), accuracy(2, 20_000)],
        },
        electricalEnergyMeasurement: { accuracy: accuracy(14, 1_000_000_000), cumulativeEnergyImported: { energy: 0 } },
    },
];
const battery = () => [
    PowerSourceEndpoint.with(PowerSourceServer.with("Battery", "Replaceable")),
    {
        id: "battery",
        powerSource: {
            status: 1, order: 0, description: "Battery", batChargeLevel: 0, batReplacementNeeded: false, batReplaceability: 2,
            batPercentRemaining: 174, batVoltage: 2950, batReplacementDescription: "CR2450", batQuantity: 1,
        },
    },
];

const WARM = { colorTempPhysicalMinMireds: 153, colorTempPhysicalMaxMireds: 500, coupleColorTempToLevelMinMireds: 153, startUpColorTemperatureMireds: 300, colorTemperatureMireds: 300 };
const Colour = ColorControlServer.with("HueSaturation", "Xy", "ColorTemperature");
const Air = AirQualitySensorDevice.with(
    AirQualityServer.with("Fair", "Moderate", "VeryPoor", "ExtremelyPoor"),
    Co2Server.with("NumericMeasurement"), Pm25Server.with("NumericMeasurement"), TvocServer.with("NumericMeasurement"),
);
const air = (value, max, unit) => ({ measuredValue: value, minMeasuredValue: 0, maxMeasuredValue: max, measurementUnit: unit, measurementMedium: 0, uncertainty: 0 });
const limits = (low, high, of) => ({ [`min${of}SetpointLimit`]: low, [`max${of}SetpointLimit`]: high, [`absMin${of}SetpointLimit`]: low, [`absMax${of}SetpointLimit`]: high });

// type -> [endpoint type, first state, further endpoints]
export const TYPES = {
    "dimmable-light": () => [DimmableLightDevice, { levelControl: { currentLevel: 254 } }, []],
    "temperature": () => [TemperatureSensorDevice, { temperatureMeasurement: { measuredValue: 2150, minMeasuredValue: -4000, maxMeasuredValue: 12500 } }, [battery()]],
    "plug-energy": () => [OnOffPlugInUnitDevice, {}, [meter()]],
    "contact": () => [ContactSensorDevice, { booleanState: { stateValue: true } }, [battery()]],
    "occupancy": () => [OccupancySensorDevice.with(OccupancySensingServer.with("PassiveInfrared")), { occupancySensing: { occupancy: { occupied: false }, holdTime: 10, holdTimeLimits: { holdTimeMin: 1, holdTimeMax: 300, holdTimeDefault: 10 } } }, []],
    "thermostat": () => [ThermostatDevice.with(ThermostatServer.with("Heating", "Cooling", "AutoMode")), {
        thermostat: {
            localTemperature: 2050, occupiedHeatingSetpoint: 2000, occupiedCoolingSetpoint: 2600, systemMode: 4, controlSequenceOfOperation: 4, minSetpointDeadBand: 20,
            ...limits(700, 3000, "Heat"), ...limits(1600, 3200, "Cool"),
            thermostatRunningState: { heat: false, cool: false, fan: false, heatStage2: false, coolStage2: false, fanStage2: false, fanStage3: false },
        },
    }, []],
    "covering": () => [WindowCoveringDevice.with(SlowCovering), { windowCovering: { type: 8, endProductType: 0, currentPositionLiftPercent100ths: 0, currentPositionTiltPercent100ths: 0 } }, []],
    "color-light": () => [ExtendedColorLightDevice.with(Colour), { colorControl: { ...WARM, remainingTime: 0, numberOfPrimaries: 0, currentX: 24939, currentY: 24701, colorMode: 1, enhancedColorMode: 1 } }, []],
    "air-quality": () => [Air, {
        airQuality: { airQuality: 1 }, carbonDioxideConcentrationMeasurement: air(620, 5000, 0),
        pm25ConcentrationMeasurement: air(8, 1000, 4), totalVolatileOrganicCompoundsConcentrationMeasurement: air(120, 10000, 1),
    }, []],
    "humidity": () => [HumiditySensorDevice, { relativeHumidityMeasurement: { measuredValue: 4500, minMeasuredValue: 0, maxMeasuredValue: 10000 } }, [battery()]],
    "light-level": () => [LightSensorDevice, { illuminanceMeasurement: { measuredValue: 20001, minMeasuredValue: 1, maxMeasuredValue: 65533 } }, []],
    "door-lock": () => [DoorLockDevice, { doorLock: { lockState: 1, lockType: 0, wrongCodeEntryLimit: 10, userCodeTemporaryDisableTime: 10, actuatorEnabled: true, operatingMode: 0, supportedOperatingModes: { normal: false, vacation: true, privacy: true, noRemoteLockUnlock: false, passage: true, alwaysSet: 2047 } } }, []],
    "smoke-co": () => [SmokeCoAlarmDevice.with(SmokeCoAlarmServer.with("SmokeAlarm", "CoAlarm")), { smokeCoAlarm: { expressedState: 0, smokeState: 0, coState: 0, batteryAlert: 0, testInProgress: false, hardwareFaultAlert: false, endOfServiceAlert: 0, expiryDate: 2000000000 } }, []],
    "fan": () => [FanDevice.with(Fan), { fanControl: { fanMode: 0, fanModeSequence: 2, percentSetting: 0, percentCurrent: 0, speedMax: 10, speedSetting: 0, speedCurrent: 0 } }, []],
    "leak": () => [WaterLeakDetectorDevice, { booleanState: { stateValue: false } }, []],
    "rain": () => [RainSensorDevice, { booleanState: { stateValue: false } }, []],
    "freeze": () => [WaterFreezeDetectorDevice, { booleanState: { stateValue: false } }, []],
    "switch": () => [GenericSwitchDevice.with(SwitchServer.with("MomentarySwitch", "MomentarySwitchRelease", "MomentarySwitchLongPress", "MomentarySwitchMultiPress")), { switch: { numberOfPositions: 2, currentPosition: 0, multiPressMax: 3 } }, []],
    "pressure": () => [PressureSensorDevice, { pressureMeasurement: { measuredValue: 1013, minMeasuredValue: 300, maxMeasuredValue: 1100 } }, []],
    "onoff-light": () => [OnOffLightDevice, {}, []],
    "ct-light": () => [ColorTemperatureLightDevice, { colorControl: { ...WARM, colorMode: 2, enhancedColorMode: 2 } }, []],
    "charger": () => [EnergyEvseDevice.with(Charger), {
        energyEvse: {
            state: CHARGING, supplyState: ENABLED, faultState: 0, chargingEnabledUntil: null, circuitCapacity: 32_000, minimumChargeCurrent: 6_000,
            maximumChargeCurrent: 16_000, sessionId: 1, sessionDuration: 600, sessionEnergyCharged: 1_200_000,
            nextChargeStartTime: null, nextChargeTargetTime: null, nextChargeRequiredEnergy: null, nextChargeTargetSoC: null,
        },
        energyEvseMode: { supportedModes: [mode("Manual", 1, 0x4000), mode("Timed", 2, 0x4001)], currentMode: 1 },
    }, [meter()]],
    "water-heater": () => [WaterHeaterDevice.with(Heater, ThermostatServer.with("Heating")), {
        waterHeaterManagement: { heaterTypes: { immersionElement1: true }, heatDemand: {}, tankPercentage: 60, boostState: 0 },
        waterHeaterMode: { supportedModes: [mode("Off", 1, 0x4000), mode("Manual", 2, 0x4001), mode("Timed", 3, 0x4002)], currentMode: 2 },
        thermostat: { localTemperature: 4800, occupiedHeatingSetpoint: 5500, systemMode: 4, controlSequenceOfOperation: 2, ...limits(4000, 6500, "Heat") },
    }, []],
    "plug": () => [OnOffPlugInUnitDevice, {}, [[OtaRequestorEndpoint.with(Updates), { id: "updates" }]]],
};
